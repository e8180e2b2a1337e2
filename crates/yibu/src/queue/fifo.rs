//! First in, first out, for any number of threads: a lock-free [`Chain`] of rings, and a [`State`] under a mutex for whoever must wait.
//!
//! ```text
//!   put:  flags say nobody waits -> put into the ring -> flags say somebody waits for an item? -> lock, settle, unlock, wake
//!           |                          | full
//!           |                          +--------------------------------> lock: wait for room
//!           +-- for room ---> lock: wait behind them
//!           +-- for an item -> lock: give it to the first of them, past the rings, if these are empty; unlock, wake
//! ```
//!
//! `get` is its mirror image, but that it always takes from the rings what is there. `flags` are written only under the lock, and when it is free they say exactly what the state is; while it is held they may say more.
//!
//! **Who waits, who sees.** A get that is about to wait sets its flag, then does a read-modify-write of the counter of puts, and then looks whether there is an item. A put does its
//! read-modify-write of that counter, and then looks at the flags. The two are in one order. If the put was first, the get sees that there is an item, and does not wait (one that is
//! claimed but not yet written it waits for, a few instructions). If the get was first, the put acquires what the get released there, and so sees the flag. Either way nobody sleeps
//! beside an item. The same goes for a put that is about to wait, the counter of gets, and room.
//! A put that hands its item to a get, past the rings, leaves that counter alone: it holds the lock, as does whoever is about to wait, so one is over before the other begins.
//! That is all acquire and release on one location: no fences, and loom's model of memory covers it.
#![forbid(unsafe_code)]

use std::sync::PoisonError;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Poll, Waker};

use super::after::After;
use super::chain::Chain;
use super::core::{Core, Putting};
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::ring::{Line, Refused};
use super::state::{Shutdown, State, Store};
use super::stats::Stats;
use super::waiters::Key;
use crate::sync_shim::{AtomicU32, Mutex, MutexGuard};

/// Gets wait for items: puts serve them, and other gets go behind them.
const GETTERS: u32 = 1;
/// Puts wait for room: gets serve them, and other puts go behind them.
const PUTTERS: u32 = 2;
/// Items were given back: gets take them first.
const RETURNED: u32 = 4;
/// Shut down.
const SHUTDOWN: u32 = 8;

pub(super) struct Fifo<T> {
    /// What all read, and few write.
    common: Line<Common<T>>,
    hall: Line<Mutex<Hall<T>>>,
}

/// Who waits, and how many items went from hand to hand, past the chain.
struct Hall<T> {
    state: State<T>,
    handed: u64,
}

struct Common<T> {
    flags: AtomicU32,
    chain: Chain<T>,
    capacity: u64,
}

/// The chain as the state sees it. The lock is held.
struct Rings<'a, T> {
    chain: &'a Chain<T>,
    handed: &'a mut u64,
}

impl<T> Store<T> for Rings<'_, T> {
    fn put(&mut self, mut item: T) -> Result<(), T> {
        loop {
            match self.chain.put(item) {
                Ok(()) => return Ok(()),
                Err(Refused::Full(item) | Refused::Closed(item)) => return Err(item),
                Err(Refused::NoSlot(back)) => item = back,
            }
            self.chain.grow();
        }
    }

    fn get(&mut self) -> Option<T> {
        self.chain.get()
    }

    fn get_many(&mut self, items: &mut Vec<T>, most: usize) {
        self.chain.get_many(items, most);
    }

    fn give_back(&mut self, item: T, _: u64) -> Result<(), T> {
        Err(item)
    }

    fn hand_over(&mut self) -> bool {
        let keeps_none = self.chain.looks_empty();
        if keeps_none {
            *self.handed += 1;
        }
        keeps_none
    }

    fn close(&mut self) {
        self.chain.close();
    }

    fn len(&self) -> usize {
        self.chain.len() as usize
    }

    fn puts(&self) -> u64 {
        self.chain.puts() + *self.handed
    }

    fn gets(&self) -> u64 {
        self.chain.gets() + *self.handed
    }

    fn peak(&self) -> usize {
        self.chain.peak() as usize
    }
}

impl<T> Fifo<T> {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            common: Line(Common {
                flags: AtomicU32::new(0),
                chain: Chain::new(capacity),
                capacity,
            }),
            hall: Line(Mutex::new(Hall {
                state: State::new(),
                handed: 0,
            })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Hall<T>> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `f` under the lock, with the flags `bits` set, and then what it left to do.
    fn locked<R>(
        &self,
        bits: u32,
        f: impl FnOnce(&mut State<T>, &mut Rings<'_, T>, &mut After<T>) -> R,
    ) -> R {
        let mut after = After::new();
        let mut hall = self.lock();
        let Hall { state, handed } = &mut *hall;
        // "Who waits, who sees."
        self.common
            .flags
            .store(self.common.flags.load(Relaxed) | bits, Relaxed);
        if bits & GETTERS != 0 {
            self.common.chain.touch_tail();
        }
        if bits & PUTTERS != 0 {
            self.common.chain.touch_head();
        }
        let chain = &self.common.chain;
        let outcome = f(state, &mut Rings { chain, handed }, &mut after);
        let set = |bit, is_so| if is_so { bit } else { 0 };
        let flags = set(GETTERS, state.waiting_getters() > 0)
            | set(PUTTERS, state.waiting_putters() > 0)
            | set(RETURNED, state.returned() > 0)
            | set(SHUTDOWN, state.shutdown_state().is_some());
        self.common.flags.store(flags, Release);
        drop(hall);
        after.run();
        outcome
    }

    /// Puts if nobody is in the way.
    #[inline(always)]
    fn fast_put(&self, item: T) -> Result<(), Refused<T>> {
        if self.common.flags.load(Acquire) & (GETTERS | PUTTERS | SHUTDOWN) != 0 {
            return Err(Refused::NoSlot(item));
        }
        self.common.chain.put(item)?;
        if self.common.flags.load(Acquire) & GETTERS != 0 {
            self.settle();
        }
        Ok(())
    }

    /// Gets if nobody is in the way.
    #[inline(always)]
    fn fast_get(&self) -> Option<T> {
        if self.common.flags.load(Acquire) & (GETTERS | RETURNED) != 0 {
            return None;
        }
        let item = self.common.chain.get()?;
        self.freed();
        Some(item)
    }

    /// After a get: serves who waits for room, and tells whether somebody did.
    #[inline(always)]
    fn freed(&self) -> bool {
        let is_awaited = self.common.flags.load(Acquire) & PUTTERS != 0;
        if is_awaited {
            self.settle();
        }
        is_awaited
    }

    #[cold]
    fn settle(&self) {
        self.locked(0, |state, rings, after| state.settle(rings, after));
    }

    /// Puts where gets wait, if that needs no waiting.
    #[cold]
    fn put_to_getters(&self, item: T) -> Result<(), T> {
        let put = self.locked(0, |state, rings, after| state.try_put(rings, item, after));
        put.map_err(TryPutError::into_inner)
    }

    #[cold]
    fn slow_put(&self, item: T) -> Result<(), TryPutError<T>> {
        self.locked(PUTTERS, |state, rings, after| {
            state.try_put(rings, item, after)
        })
    }

    #[cold]
    fn slow_get(&self) -> Result<T, TryGetError> {
        self.locked(GETTERS, |state, rings, after| state.try_get(rings, after))
    }

    /// Whether a get need not wait, as far as one look tells; nothing if it should not look on.
    pub(super) fn looks_ready(&self) -> Option<bool> {
        let flags = self.common.flags.load(Relaxed);
        (flags & GETTERS == 0).then(|| flags != 0 || self.common.chain.looks_ready())
    }

    /// Whether a put need not wait, as far as one look tells; nothing if it should not look on.
    pub(super) fn looks_roomy(&self) -> Option<bool> {
        let flags = self.common.flags.load(Relaxed);
        (flags & PUTTERS == 0)
            .then(|| flags & SHUTDOWN != 0 || self.common.chain.looks_roomy(self.common.capacity))
    }
}

impl<T> Core<T> for Fifo<T> {
    /// Puts if one look tells that it can, which takes nothing from the core that gets; where gets wait, under the lock.
    #[inline(always)]
    fn put_at_once(&self, item: T) -> Result<(), T> {
        let flags = self.common.flags.load(Acquire);
        if flags & (GETTERS | PUTTERS | SHUTDOWN) != 0 {
            return match flags & GETTERS {
                0 => Err(item),
                _ => self.put_to_getters(item),
            };
        }
        self.common.chain.put_at_once(item)?;
        if self.common.flags.load(Acquire) & GETTERS != 0 {
            self.settle();
        }
        Ok(())
    }

    /// Gets if one look tells that it can, which takes nothing from the core that puts.
    #[inline(always)]
    fn get_at_once(&self) -> Option<T> {
        if self.common.flags.load(Acquire) & (GETTERS | RETURNED) != 0 {
            return None;
        }
        let item = self.common.chain.get_at_once()?;
        self.freed();
        Some(item)
    }

    #[inline(always)]
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        match self.fast_put(item) {
            Ok(()) => Ok(()),
            Err(Refused::Full(item)) => Err(TryPutError::Full(item)),
            Err(Refused::NoSlot(item) | Refused::Closed(item)) => self.slow_put(item),
        }
    }

    #[inline(always)]
    fn try_get(&self) -> Result<T, TryGetError> {
        if self.common.flags.load(Acquire) & (GETTERS | RETURNED) == 0 {
            if let Some(item) = self.common.chain.get() {
                self.freed();
                return Ok(item);
            }
            if self.common.flags.load(Acquire) == 0 {
                // It was empty, and open then too.
                return Err(TryGetError::Empty);
            }
        }
        self.slow_get()
    }

    fn try_get_many(&self, items: &mut Vec<T>, most: usize) -> Result<usize, TryGetError> {
        if most == 0 {
            return Ok(0);
        }
        if self.common.flags.load(Acquire) & (GETTERS | RETURNED) == 0 {
            let mut count = self.common.chain.get_many(items, most);
            while count > 0 {
                let is_awaited = self.freed();
                let more = if is_awaited {
                    self.common.chain.get_many(items, most - count)
                } else {
                    0
                };
                if more == 0 {
                    return Ok(count);
                }
                count += more;
            }
            if self.common.flags.load(Acquire) == 0 {
                return Err(TryGetError::Empty);
            }
        }
        self.locked(GETTERS, |state, rings, after| {
            state.try_get_many(rings, items, most, after)
        })
    }

    fn poll_put(&self, put: &mut Putting<T>, waker: &Waker) -> Poll<()> {
        // Another was faster, or the ring must grow or know how long it is.
        if self.looks_roomy() == Some(true)
            && let Some(item) = put.take()
        {
            match self.fast_put(item) {
                Ok(()) => return Poll::Ready(()),
                Err(Refused::Full(back) | Refused::NoSlot(back) | Refused::Closed(back)) => {
                    *put = Putting::Holds(back);
                }
            }
        }
        // Before the lock: it may be another's code.
        let waker = waker.clone();
        // Who is in line was there before.
        let bits = match put {
            Putting::Holds(_) => PUTTERS,
            _ => 0,
        };
        self.locked(bits, |state, rings, after| {
            state.poll_put(rings, put, waker, after)
        })
    }

    fn poll_get(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<Option<T>> {
        let is_new = key.is_none();
        // Another was faster, or the ring has ended.
        if is_new
            && self.looks_ready() == Some(true)
            && let Some(item) = self.fast_get()
        {
            return Poll::Ready(Some(item));
        }
        let waker = waker.clone();
        let bits = if is_new { GETTERS } else { 0 };
        self.locked(bits, |state, rings, after| {
            state.poll_get(rings, key, waker, after)
        })
    }

    fn collect_put(&self, put: &mut Putting<T>) -> bool {
        self.lock().state.collect_put(put)
    }

    fn collect_get(&self, key: &mut Option<Key>) -> Option<Option<T>> {
        self.lock().state.collect_get(key)
    }

    fn poll_join(&self, key: &mut Option<Key>, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        self.locked(0, |state, rings, after| {
            state.poll_join(rings, key, waker, after)
        })
    }

    fn cancel_put(&self, key: Key) -> Option<T> {
        self.locked(0, |state, _, after| state.cancel_put(key, after))
    }

    fn cancel_get(&self, key: &mut Option<Key>) -> Option<T> {
        self.locked(0, |state, _, after| state.cancel_get(key, after))
    }

    fn drop_get(&self, key: &mut Option<Key>) {
        self.locked(0, |state, rings, after| state.drop_get(rings, key, after));
    }

    fn drop_join(&self, key: Key) {
        self.locked(0, |state, _, after| state.cancel_join(key, after));
    }

    fn shut_down(&self, how: Shutdown) {
        self.locked(GETTERS | PUTTERS, |state, rings, after| {
            state.shut_down(rings, how, after);
        });
    }

    fn task_done(&self) -> Result<(), TaskDoneError> {
        self.locked(0, |state, rings, after| state.task_done(rings, after))
    }

    fn is_shutdown(&self) -> bool {
        self.common.flags.load(Acquire) & SHUTDOWN != 0
    }

    fn len(&self) -> usize {
        if self.common.flags.load(Acquire) & RETURNED != 0 {
            return self.locked(0, |state, rings, _| rings.len() + state.returned());
        }
        self.common.chain.len() as usize
    }

    fn capacity(&self) -> Option<usize> {
        (self.common.capacity < u64::MAX).then_some(self.common.capacity as usize)
    }

    fn stats(&self) -> Stats {
        self.locked(0, |state, rings, _| Stats::new(state, rings))
    }
}
