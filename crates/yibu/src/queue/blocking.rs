//! The forms that block a thread: a try, some spinning where another core may answer within microseconds, and then the awaited form.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::core::Core;
use super::errors::{
    GetError, GetTimeoutError, JoinTimeoutError, PutError, PutTimeoutError, TryGetError,
    TryPutError,
};
use super::handle::{Queue, Receiver, Sender};
use crate::rt::park::{GaveUp, block_on, block_on_awake};
use crate::rt::spin::glance;

/// How often a thread spins for one item or one room before it goes and waits in line.
const SPINS: usize = 4;

/// Where at least so many items fit, [`Gather`].
const GATHERS: usize = 64;
/// How many pauses, of some 25 ns each.
const GATHER_LEAST: u32 = 8;
const GATHER_MOST: u32 = 64;
/// How many waits there are between two attempts where it did not help.
const BETWEEN_GATHERS: u32 = 16;

/// Who spins for one item waits a little longer, for several, or else each item pulls the same lines from core to core. But only where several do come: where one
/// answers the other, that would be lost.
#[derive(Clone, Copy)]
struct Gather {
    pauses: u32,
    /// How many waits there are until it is tried.
    until_next: u32,
}

thread_local! {
    static GATHER: Cell<Gather> = const { Cell::new(Gather { pauses: GATHER_LEAST, until_next: 0 }) };
}

impl Gather {
    /// Waits, if it is time to. Says whether it did.
    fn pause(capacity: Option<usize>) -> bool {
        let own = GATHER.try_with(Cell::get);
        let Some(own) = own.ok().filter(|own| own.until_next == 0) else {
            return false;
        };
        let is_large = capacity.is_none_or(|capacity| capacity >= GATHERS);
        if is_large {
            (0..own.pauses).for_each(|_| std::hint::spin_loop());
        }
        is_large
    }

    /// Whether more than one was there.
    fn learn(did_pause: bool, helped: bool) {
        // A thread whose locals are gone learns nothing.
        let _ = GATHER.try_with(|own| {
            let Gather { pauses, until_next } = own.get();
            own.set(match (did_pause, helped) {
                (true, true) => Gather {
                    pauses: (pauses * 2).min(GATHER_MOST),
                    until_next: 0,
                },
                (true, false) => Gather {
                    pauses: GATHER_LEAST,
                    until_next: BETWEEN_GATHERS,
                },
                (false, _) => Gather {
                    pauses,
                    until_next: until_next.saturating_sub(1),
                },
            });
        });
    }
}

impl<T> Queue<T> {
    /// As [`put`](Self::put), blocking the thread. Python's `put`.
    ///
    /// # Errors
    /// [`PutError`], with the item.
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        self.put_until(item, None).map_err(|error| match error {
            PutTimeoutError::Shutdown(item) => PutError::Shutdown(item),
            PutTimeoutError::Killed(item) => PutError::Killed(item),
            PutTimeoutError::TimedOut(_) => unreachable!("there was no limit"),
        })
    }

    /// As [`put_blocking`](Self::put_blocking), for `limit` at most. Python's `put(item, timeout=limit)`. In a task, `time::timeout(limit, queue.put(item))` would drop the item when the time is up: see [`Put::cancel`](crate::queue::Put::cancel).
    ///
    /// # Errors
    /// [`PutTimeoutError`], with the item.
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn put_timeout(&self, item: T, limit: Duration) -> Result<(), PutTimeoutError<T>> {
        self.put_until(item, Some(limit))
    }

    /// As [`get`](Self::get), blocking the thread. Python's `get`.
    ///
    /// # Errors
    /// [`GetError`].
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn get_blocking(&self) -> Result<T, GetError> {
        self.get_until(None).map_err(without_limit)
    }

    /// As [`get_blocking`](Self::get_blocking), for `limit` at most. Python's `get(timeout=limit)`. In a task it is `time::timeout(limit, queue.get())`.
    ///
    /// # Errors
    /// [`GetTimeoutError`].
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn get_timeout(&self, limit: Duration) -> Result<T, GetTimeoutError> {
        self.get_until(Some(limit))
    }

    /// As [`get_many`](Self::get_many), blocking the thread.
    ///
    /// # Errors
    /// [`GetError`].
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn get_many_blocking(&self, items: &mut Vec<T>, most: usize) -> Result<usize, GetError> {
        if most == 0 {
            return Ok(0);
        }
        if let Some(outcome) = self.spin_get(|| self.inner.try_get_many(items, most)) {
            return outcome.map_err(without_limit);
        }
        let mut get = self.get_many(items, most);
        match block_on_awake(&mut get, None, "get_many(…).await") {
            Ok(outcome) => outcome,
            Err(_) => get.take().ok_or(GetError::Killed),
        }
    }

    /// As [`join`](Self::join), blocking the thread. Python's `join`. In a destructor on a daemon thread that is being killed, it returns at once.
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn join_blocking(&self) {
        // What is killed has nothing to learn.
        let _ = block_on(self.join(), None, "join().await");
    }

    /// As [`join_blocking`](Self::join_blocking), for `limit` at most. Python has none.
    ///
    /// # Errors
    /// [`JoinTimeoutError`].
    ///
    /// # Panics
    /// If it would block a thread that runs an event loop.
    #[track_caller]
    pub fn join_timeout(&self, limit: Duration) -> Result<(), JoinTimeoutError> {
        block_on(self.join(), deadline(limit), "join().await").map_err(|why| match why {
            GaveUp::TimedOut => JoinTimeoutError::TimedOut,
            GaveUp::Killed => JoinTimeoutError::Killed,
        })
    }

    #[inline]
    #[track_caller]
    fn put_until(&self, item: T, limit: Option<Duration>) -> Result<(), PutTimeoutError<T>> {
        match self.inner.put_at_once(item) {
            Ok(()) => Ok(()),
            Err(item) => self.put_slowly(item, limit),
        }
    }

    #[cold]
    #[track_caller]
    fn put_slowly(&self, mut item: T, limit: Option<Duration>) -> Result<(), PutTimeoutError<T>> {
        let deadline = limit.and_then(deadline);
        for _ in 0..SPINS {
            let Some(did_pause) = self.await_look(|| self.inner.looks_roomy()) else {
                break;
            };
            match self.inner.try_put(item) {
                Ok(()) => {
                    Gather::learn(did_pause, self.inner.looks_roomy() == Some(true));
                    return Ok(());
                }
                Err(TryPutError::Full(back)) => item = back,
                Err(TryPutError::Shutdown(item)) => return Err(PutTimeoutError::Shutdown(item)),
            }
        }
        let mut put = self.put(item);
        let why = match block_on_awake(&mut put, deadline, "put(…).await") {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => return Err(PutTimeoutError::Shutdown(error.into_inner())),
            Err(why) => why,
        };
        match (put.take_back(), why) {
            // It got in just now.
            (None, _) => Ok(()),
            (Some(item), GaveUp::TimedOut) => Err(PutTimeoutError::TimedOut(item)),
            (Some(item), GaveUp::Killed) => Err(PutTimeoutError::Killed(item)),
        }
    }

    #[inline]
    #[track_caller]
    fn get_until(&self, limit: Option<Duration>) -> Result<T, GetTimeoutError> {
        match self.inner.get_at_once() {
            Some(item) => Ok(item),
            None => self.get_slowly(limit),
        }
    }

    #[cold]
    #[track_caller]
    fn get_slowly(&self, limit: Option<Duration>) -> Result<T, GetTimeoutError> {
        let deadline = limit.and_then(deadline);
        if let Some(outcome) = self.spin_get(|| self.inner.try_get()) {
            return outcome;
        }
        let mut get = self.get();
        let why = match block_on_awake(&mut get, deadline, "get().await") {
            Ok(outcome) => return outcome.map_err(|_| GetTimeoutError::Shutdown),
            Err(why) => why,
        };
        get.take().ok_or(match why {
            GaveUp::TimedOut => GetTimeoutError::TimedOut,
            GaveUp::Killed => GetTimeoutError::Killed,
        })
    }

    /// Waits for a moment until an attempt seems worth it, and says whether it gathered; nothing if it is time to wait in line.
    fn await_look(&self, looks: impl Fn() -> Option<bool>) -> Option<bool> {
        if looks()? {
            return Some(false);
        }
        let is_worth_it = glance(|| looks() != Some(false)) && looks().is_some();
        is_worth_it.then(|| Gather::pause(self.inner.capacity()))
    }

    /// Tries while spinning may help.
    fn spin_get<R>(
        &self,
        mut attempt: impl FnMut() -> Result<R, TryGetError>,
    ) -> Option<Result<R, GetTimeoutError>> {
        for _ in 0..SPINS {
            let did_pause = self.await_look(|| self.inner.looks_ready())?;
            match attempt() {
                Ok(got) => {
                    Gather::learn(did_pause, self.inner.looks_ready() == Some(true));
                    return Some(Ok(got));
                }
                Err(TryGetError::Shutdown) => return Some(Err(GetTimeoutError::Shutdown)),
                Err(TryGetError::Empty) => {}
            }
        }
        None
    }
}

/// When the limit is up; nothing if that is beyond the clock.
fn deadline(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

fn without_limit(error: GetTimeoutError) -> GetError {
    match error {
        GetTimeoutError::Shutdown => GetError::Shutdown,
        GetTimeoutError::Killed => GetError::Killed,
        GetTimeoutError::TimedOut => unreachable!("there was no limit"),
    }
}

impl<T> Sender<T> {
    /// As [`Queue::put_blocking`].
    ///
    /// # Errors
    /// [`PutError`], with the item.
    #[track_caller]
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        self.queue.put_blocking(item)
    }

    /// As [`Queue::put_timeout`].
    ///
    /// # Errors
    /// [`PutTimeoutError`], with the item.
    #[track_caller]
    pub fn put_timeout(&self, item: T, limit: Duration) -> Result<(), PutTimeoutError<T>> {
        self.queue.put_timeout(item, limit)
    }

    /// As [`Queue::join_blocking`].
    #[track_caller]
    pub fn join_blocking(&self) {
        self.queue.join_blocking();
    }
}

impl<T> Receiver<T> {
    /// As [`Queue::get_blocking`].
    ///
    /// # Errors
    /// [`GetError`].
    #[track_caller]
    pub fn get_blocking(&self) -> Result<T, GetError> {
        self.queue.get_blocking()
    }

    /// As [`Queue::get_timeout`].
    ///
    /// # Errors
    /// [`GetTimeoutError`].
    #[track_caller]
    pub fn get_timeout(&self, limit: Duration) -> Result<T, GetTimeoutError> {
        self.queue.get_timeout(limit)
    }

    /// As [`Queue::get_many_blocking`].
    ///
    /// # Errors
    /// [`GetError`].
    #[track_caller]
    pub fn get_many_blocking(&self, items: &mut Vec<T>, most: usize) -> Result<usize, GetError> {
        self.queue.get_many_blocking(items, most)
    }
}
