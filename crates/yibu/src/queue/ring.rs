//! A ring of slots from which any number of threads put and get, each with one atomic read-modify-write and without a lock.
//!
//! ```text
//!           get: claims position 2            put: claims position 5
//!                    v                                 v
//!   | 0 free | 1 free | 2 full | 3 full | 4 full | 5 free | 6 free | 7 free |      stamps of the first lap: 0 free, 1 full
//!                    head                              tail
//! ```
//!
//! Positions count up for ever, and a slot is at its position modulo the ring's size. Its stamp says whose turn it is: `2 * lap` for the put of this lap, `2 * lap + 1` for
//! its get. So a put looks at the stamp, claims the position by moving `tail`, writes the item and sets the stamp; a get does the same on `head`. It is Vyukov's bounded
//! queue (1024cores.net, "Bounded MPMC queue"), with crossbeam's idea to let a bit of `tail` close it. Stamps by laps let a ring have one slot, and begin at zero: the slots are memory
//! that the system gives zeroed, so a large ring costs nothing where it is not used.
//!
//! A put does not look at `head`, which would be the other core's line: the stamp tells whether there is room. The capacity, when it is less than the slots, and the peak are kept by
//! `seen` and `peak`, beside `tail`: only when more than `peak` items may be there is the real `head` asked.
//!
//! Invariant **SLOT**: the item of the slot of position `p` belongs to the put that moved `tail` from `p` to `p + 1`, from that on until it sets the stamp `2 * lap + 1`; after that to the get that moved `head`
//! from `p` on, until it sets `2 * lap + 2`. A position is claimed only by who has seen the stamp that gives the slot to its side (Acquire, of the other side's Release), and each position is
//! claimed once on each side. So one thread at a time has the item, it is written before it is read, and read once.
//!
//! Unsafe here: that memory. Covered by the models in `models.rs`, which check each access, and by the tests under AddressSanitizer.

use std::mem::MaybeUninit;
use std::ops::Deref;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::sync_shim::{AtomicU64, UnsafeCell, pause};

/// What one side writes, kept off the lines that the other reads. Two lines, since processors fetch them in pairs.
#[repr(align(128))]
pub(super) struct Line<T>(pub(super) T);

impl<T> Deref for Line<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

pub(super) struct Slot<T> {
    stamp: AtomicU64,
    item: UnsafeCell<MaybeUninit<T>>,
}

/// The bit of [`Tail::at`] under the position.
const CLOSED: u64 = 1;

struct Tail {
    /// The position of the next put times two, and [`CLOSED`].
    at: AtomicU64,
    /// A position that `head` has reached.
    seen: AtomicU64,
    /// The most items that a put has found, itself among them.
    peak: AtomicU64,
}

pub(super) struct Ring<T> {
    tail: Line<Tail>,
    head: Line<AtomicU64>,
    slots: Box<[Slot<T>]>,
    /// The slots' number is two to this.
    size_log: u32,
    /// How many positions earlier rings of the chain had.
    start: u64,
    /// The most items in the whole chain.
    capacity: u64,
}

// SAFETY: SLOT: an item is with one thread at a time, and goes from the one that puts it to the one that gets it.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: As above; no method gives a reference to an item.
unsafe impl<T: Send> Sync for Ring<T> {}

/// Why a put did not put.
#[derive(Debug)]
pub(super) enum Refused<T> {
    /// As many items as may be are there.
    Full(T),
    /// There may be more, but this ring has no slot for them.
    NoSlot(T),
    Closed(T),
}

/// What a get found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Got<T> {
    Item(T),
    Nothing,
    /// Nothing, and nothing will come.
    Ended,
}

impl<T> Ring<T> {
    /// A ring of `2^size_log` slots for a chain of `capacity`, in which `start` positions have been used; `head` is where the gets are, `peak` the most items so far.
    pub(super) fn new(size_log: u32, capacity: u64, start: u64, head: u64, peak: u64) -> Self {
        Self {
            tail: Line(Tail {
                at: AtomicU64::new(0),
                seen: AtomicU64::new(head.wrapping_sub(start)),
                peak: AtomicU64::new(peak),
            }),
            head: Line(AtomicU64::new(0)),
            slots: zeroed(1 << size_log),
            size_log,
            start,
            capacity,
        }
    }

    /// The slot of a position, and the stamp that it has when it is free for that position.
    #[inline(always)]
    fn slot(&self, position: u64) -> (&Slot<T>, u64) {
        let slot = &self.slots[position as usize & (self.slots.len() - 1)];
        (slot, (position >> self.size_log) << 1)
    }

    /// Puts the item at the end. `head` tells where the chain's gets are.
    #[inline]
    pub(super) fn put(&self, item: T, head: impl Fn() -> u64) -> Result<(), Refused<T>> {
        let mut tail = self.tail.at.load(Relaxed);
        let mut turn = 0;
        loop {
            if tail & CLOSED != 0 {
                return Err(Refused::Closed(item));
            }
            let position = tail >> 1;
            let length = position.wrapping_sub(self.tail.seen.load(Relaxed));
            if length >= self.tail.peak.load(Relaxed) && !self.has_room(position, head()) {
                return Err(Refused::Full(item));
            }
            let (slot, free) = self.slot(position);
            if slot.stamp.load(Acquire) == free {
                // Acquire and Release: "who waits, who sees" in `fifo.rs`.
                let claimed = self.tail.at.compare_exchange_weak(tail, tail + 2, AcqRel, Relaxed);
                let Err(now) = claimed else {
                    // SAFETY: SLOT: `tail` was moved from here, after the stamp was seen.
                    slot.item.with_mut(|place| unsafe { (*place).write(item) });
                    slot.stamp.store(free + 1, Release);
                    return Ok(());
                };
                tail = now;
                continue;
            }
            let now = self.tail.at.load(Relaxed);
            if now == tail {
                if position.wrapping_sub(self.head.load(Acquire)) >= self.slots.len() as u64 {
                    return Err(Refused::NoSlot(item));
                }
                // A get has claimed the slot's last item and takes it right now.
                pause(turn);
                turn += 1;
            }
            tail = self.tail.at.load(Relaxed);
        }
    }

    /// Whether a put at `position` fits, by the real `head`.
    #[cold]
    fn has_room(&self, position: u64, head: u64) -> bool {
        let seen = head.wrapping_sub(self.start);
        self.tail.seen.store(seen, Relaxed);
        // It is less than zero if others have put, and got, since the caller looked.
        let length = position.wrapping_sub(seen) as i64;
        if length >= self.capacity as i64 {
            return false;
        }
        if length >= 0 {
            self.tail.peak.fetch_max(length as u64 + 1, Relaxed);
        }
        true
    }

    /// Takes the first item.
    #[inline]
    pub(super) fn get(&self) -> Got<T> {
        let mut head = self.head.load(Relaxed);
        let mut turn = 0;
        loop {
            let (slot, free) = self.slot(head);
            if slot.stamp.load(Acquire) == free + 1 {
                let claimed = self.head.compare_exchange_weak(head, head + 1, AcqRel, Relaxed);
                let Err(now) = claimed else {
                    return Got::Item(self.take(head));
                };
                head = now;
                continue;
            }
            match self.nothing_at(head, &mut turn) {
                Ok(now) => head = now,
                Err(closed) if closed => return Got::Ended,
                Err(_) => return Got::Nothing,
            }
        }
    }

    /// Takes up to `most` of the first items at once. `Item` tells how many.
    pub(super) fn get_many(&self, items: &mut Vec<T>, most: usize) -> Got<usize> {
        let mut head = self.head.load(Relaxed);
        let mut turn = 0;
        loop {
            let is_full = |position: &u64| {
                let (slot, free) = self.slot(*position);
                slot.stamp.load(Acquire) == free + 1
            };
            let most = most.min(self.slots.len()) as u64;
            let count = (head..head + most).take_while(is_full).count();
            if count > 0 {
                // Now, since an allocation may fail, and after the claim nothing may.
                items.reserve(count);
                let next = head + count as u64;
                let claimed = self.head.compare_exchange_weak(head, next, AcqRel, Relaxed);
                let Err(now) = claimed else {
                    items.extend((head..next).map(|position| self.take(position)));
                    return Got::Item(count);
                };
                head = now;
                continue;
            }
            match self.nothing_at(head, &mut turn) {
                Ok(now) => head = now,
                Err(closed) if closed => return Got::Ended,
                Err(_) => return Got::Nothing,
            }
        }
    }

    /// The item of a position that the caller has claimed.
    #[inline(always)]
    fn take(&self, position: u64) -> T {
        let (slot, free) = self.slot(position);
        // SAFETY: SLOT: `head` was moved from here by the caller, after the stamp was seen.
        let item = slot.item.with(|place| unsafe { (*place).assume_init_read() });
        slot.stamp.store(free + 2, Release);
        item
    }

    /// What to do when the slot at `head` is not full: go on from another position, or end; then whether the ring is closed.
    #[inline]
    fn nothing_at(&self, head: u64, turn: &mut u32) -> Result<u64, bool> {
        let tail = self.tail.at.load(Acquire);
        if tail >> 1 == head {
            return Err(tail & CLOSED != 0);
        }
        let now = self.head.load(Relaxed);
        if now == head {
            // A put has claimed the slot and fills it right now.
            pause(*turn);
            *turn += 1;
        }
        Ok(now)
    }

    /// No put succeeds from now on. Tells how many did, in the chain.
    pub(super) fn close(&self) -> u64 {
        self.start + (self.tail.at.fetch_or(CLOSED, AcqRel) >> 1)
    }

    /// A read-modify-write of `tail`: what "who waits, who sees" in `fifo.rs` needs.
    pub(super) fn touch_tail(&self) {
        self.tail.at.fetch_or(0, AcqRel);
    }

    /// The same of `head`.
    pub(super) fn touch_head(&self) {
        self.head.fetch_or(0, AcqRel);
    }

    /// How many puts the chain has had.
    pub(super) fn puts(&self) -> u64 {
        self.start + (self.tail.at.load(Acquire) >> 1)
    }

    /// How many gets the chain has had, if this is where they are.
    pub(super) fn gets(&self) -> u64 {
        self.start + self.head.load(Acquire)
    }

    /// The most items that the chain has held, if this is where the puts are.
    pub(super) fn peak(&self) -> u64 {
        self.tail.peak.load(Relaxed)
    }

    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(super) fn size_log(&self) -> u32 {
        self.size_log
    }

    /// Whether a get would find an item. Looks at nothing that only puts write.
    pub(super) fn has_item(&self) -> bool {
        let (slot, free) = self.slot(self.head.load(Relaxed));
        slot.stamp.load(Relaxed) == free + 1
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        while let Got::Item(item) = self.get() {
            drop(item);
        }
    }
}

/// Free slots of the first lap.
#[cfg(not(loom))]
fn zeroed<T>(count: usize) -> Box<[Slot<T>]> {
    // SAFETY: All zeroes is a stamp of zero and an item that is not there, which are a `Slot`.
    unsafe { Box::<[Slot<T>]>::new_zeroed_slice(count).assume_init() }
}

#[cfg(loom)]
fn zeroed<T>(count: usize) -> Box<[Slot<T>]> {
    let slot = |_| Slot {
        stamp: AtomicU64::new(0),
        item: UnsafeCell::new(MaybeUninit::uninit()),
    };
    (0..count).map(slot).collect()
}
