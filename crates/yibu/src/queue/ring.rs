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
//! queue (1024cores.net, "Bounded MPMC queue"), with crossbeam's idea to let a bit of `tail` close it. Stamps by laps let a ring have one slot.
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
use std::sync::{Arc, OnceLock};

use crate::sync_shim::{AtomicBool, AtomicU64, UnsafeCell, pause};

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

/// Bits of [`Tail::at`] and of `head`, under the position: [`Ring::touch_tail`]; no more puts.
const TOUCHED: u64 = 1;
const CLOSED: u64 = 2;
/// How far up the position is, and one position.
const UP: u32 = 2;
const ONE: u64 = 1 << UP;

struct Tail {
    /// The position of the next put, and the bits.
    at: AtomicU64,
    /// A position that `head` has reached.
    seen: AtomicU64,
    /// The most items that a put has found when it looked at `head`, itself among them.
    peak: AtomicU64,
    /// When as many items as this may be there, `head` is asked how many are: [`mark`].
    mark: AtomicU64,
}

/// Two to this pauses at most, of some 10 ns each.
const BACK_OFF_LEAST: u32 = 3;
const BACK_OFF_MOST: u32 = 6;

/// When to look at `head`, which is the other core's line, after `peak` items were seen: when there may be 64 more or an eighth more, and when the capacity may be reached. `slots` are those that a first
/// ring has: where they are no more than the capacity, they tell by themselves.
fn mark(peak: u64, capacity: u64, slots: Option<u64>) -> u64 {
    let next = peak + (peak / 8).max(64);
    match slots {
        Some(slots) if slots <= capacity => next,
        _ => next.min(capacity),
    }
}

pub(super) struct Ring<T> {
    tail: Line<Tail>,
    /// The position of the next get, and a bit.
    head: Line<AtomicU64>,
    slots: Box<[Slot<T>]>,
    /// The slots' number is two to this.
    size_log: u32,
    /// How many positions earlier rings of the chain had.
    start: u64,
    /// The most items in the whole chain.
    capacity: u64,
    /// The ring after this one.
    next: OnceLock<Arc<Ring<T>>>,
    /// It is there. Says no more than `next` does, but so that the models see it.
    has_next: AtomicBool,
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
                mark: AtomicU64::new(mark(peak, capacity, (start == 0).then_some(1 << size_log))),
            }),
            head: Line(AtomicU64::new(0)),
            slots: free(1 << size_log),
            size_log,
            start,
            capacity,
            next: OnceLock::new(),
            has_next: AtomicBool::new(false),
        }
    }

    /// The ring after this one, if there is one.
    pub(super) fn next(&self) -> Option<&Arc<Self>> {
        if !self.has_next.load(Acquire) {
            return None;
        }
        self.next.get()
    }

    /// Closes this ring, and appends one twice as large. `head` is where the gets are.
    pub(super) fn grow(&self, head: u64) -> &Arc<Self> {
        let start = self.close();
        let peak = self.tail.peak.load(Relaxed);
        let next = || Self::new(self.size_log + 1, self.capacity, start, head, peak);
        let next = self.next.get_or_init(|| Arc::new(next()));
        self.has_next.store(true, Release);
        next
    }

    /// The slot of a position, and the stamp that it has when it is free for that position.
    #[inline(always)]
    fn slot(&self, position: u64) -> (&Slot<T>, u64) {
        let slot = &self.slots[position as usize & (self.slots.len() - 1)];
        (slot, (position >> self.size_log) << 1)
    }

    /// Puts the item at the end, if nothing is in the way: [`put`](Self::put) without what is seldom needed, to be inlined.
    #[inline(always)]
    pub(super) fn put_at_once(&self, item: T) -> Result<(), T> {
        let tail = self.tail.at.load(Relaxed);
        let position = tail >> UP;
        let length = position.wrapping_sub(self.tail.seen.load(Relaxed));
        let (slot, free) = self.slot(position);
        let is_open = tail & CLOSED == 0 && length < self.tail.mark.load(Relaxed);
        if is_open && slot.stamp.load(Acquire) == free && self.claim_put(tail).is_ok() {
            self.fill(slot, free, item);
            return Ok(());
        }
        Err(item)
    }

    /// Takes the first item, if nothing is in the way.
    #[inline(always)]
    pub(super) fn get_at_once(&self) -> Option<T> {
        let head = self.head.load(Relaxed);
        let (slot, free) = self.slot(head >> UP);
        let is_mine = slot.stamp.load(Acquire) == free + 1 && self.claim_get(head, 1).is_ok();
        is_mine.then(|| self.take(head >> UP))
    }

    /// Claims a position; if it was another's before, tells what `tail` is now. Acquire and Release: "who waits, who sees" in `fifo.rs`.
    #[inline(always)]
    fn claim_put(&self, tail: u64) -> Result<u64, u64> {
        let at = &self.tail.at;
        at.compare_exchange_weak(tail, tail + ONE, AcqRel, Relaxed)
    }

    /// The same of `head`, for some positions.
    #[inline(always)]
    fn claim_get(&self, head: u64, count: u64) -> Result<u64, u64> {
        let next = head + count * ONE;
        self.head.compare_exchange_weak(head, next, AcqRel, Relaxed)
    }

    /// Puts the item into a slot that the caller has claimed.
    #[inline(always)]
    fn fill(&self, slot: &Slot<T>, free: u64, item: T) {
        // SAFETY: SLOT: `tail` was moved from here by the caller, after the stamp was seen.
        slot.item.with_mut(|place| unsafe { (*place).write(item) });
        slot.stamp.store(free + 1, Release);
    }

    /// Puts the item at the end. `head` tells where the chain's gets are.
    pub(super) fn put(&self, item: T, head: impl Fn() -> u64) -> Result<(), Refused<T>> {
        let mut tail = self.tail.at.load(Relaxed);
        let (mut turn, mut lost) = (0, BACK_OFF_LEAST);
        loop {
            if tail & CLOSED != 0 {
                return Err(Refused::Closed(item));
            }
            let position = tail >> UP;
            let length = position.wrapping_sub(self.tail.seen.load(Relaxed));
            if length >= self.tail.mark.load(Relaxed) && !self.has_room(position, head()) {
                return Err(Refused::Full(item));
            }
            let (slot, free) = self.slot(position);
            if slot.stamp.load(Acquire) == free {
                let Err(now) = self.claim_put(tail) else {
                    self.fill(slot, free, item);
                    return Ok(());
                };
                back_off(&mut lost);
                tail = now;
                continue;
            }
            if self.tail.at.load(Relaxed) == tail {
                // It is less than zero if others have put, and got, since the tail was read.
                let used = position.wrapping_sub(self.head.load(Acquire) >> UP) as i64;
                if used >= self.slots.len() as i64 {
                    return Err(if self.has_room(position, head()) {
                        Refused::NoSlot(item)
                    } else {
                        Refused::Full(item)
                    });
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
            if self.tail.peak.load(Relaxed) < self.capacity {
                self.tail.peak.fetch_max(self.capacity, Relaxed);
            }
            return false;
        }
        if length >= 0 && length as u64 >= self.tail.peak.load(Relaxed) {
            let peak = length as u64 + 1;
            self.tail.peak.fetch_max(peak, Relaxed);
            let slots = (self.start == 0).then_some(self.slots.len() as u64);
            let mark = mark(peak, self.capacity, slots);
            self.tail.mark.fetch_max(mark, Relaxed);
        }
        true
    }

    /// Takes the first item.
    pub(super) fn get(&self) -> Got<T> {
        let mut head = self.head.load(Relaxed);
        let (mut turn, mut lost) = (0, BACK_OFF_LEAST);
        loop {
            let (slot, free) = self.slot(head >> UP);
            if slot.stamp.load(Acquire) == free + 1 {
                let Err(now) = self.claim_get(head, 1) else {
                    return Got::Item(self.take(head >> UP));
                };
                back_off(&mut lost);
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
        let (mut turn, mut lost) = (0, BACK_OFF_LEAST);
        loop {
            let is_full = |position: &u64| {
                let (slot, free) = self.slot(*position);
                slot.stamp.load(Acquire) == free + 1
            };
            let most = most.min(self.slots.len()) as u64;
            let first = head >> UP;
            let count = (first..first + most).take_while(is_full).count() as u64;
            if count > 0 {
                // Now, since an allocation may fail, and after the claim nothing may.
                items.reserve(count as usize);
                let Err(now) = self.claim_get(head, count) else {
                    items.extend((first..first + count).map(|position| self.take(position)));
                    return Got::Item(count as usize);
                };
                back_off(&mut lost);
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
        let item = slot
            .item
            .with(|place| unsafe { (*place).assume_init_read() });
        slot.stamp.store(free + 2, Release);
        item
    }

    /// What to do when the slot at `head` is not full: go on from another position, or end; then whether the ring is closed.
    #[inline]
    fn nothing_at(&self, head: u64, turn: &mut u32) -> Result<u64, bool> {
        let tail = self.tail.at.load(Acquire);
        if tail >> UP == head >> UP {
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
        self.start + (self.tail.at.fetch_or(CLOSED, AcqRel) >> UP)
    }

    /// A read-modify-write of `tail`: what "who waits, who sees" in `fifo.rs` needs. It changes a bit, because the compiler takes one that changes nothing
    /// for a fence, and on x86 leaves out even that: then sleepers missed their wakes.
    pub(super) fn touch_tail(&self) {
        self.tail.at.fetch_xor(TOUCHED, AcqRel);
    }

    /// The same of `head`.
    pub(super) fn touch_head(&self) {
        self.head.fetch_xor(TOUCHED, AcqRel);
    }

    /// How many puts the chain has had.
    pub(super) fn puts(&self) -> u64 {
        self.start + (self.tail.at.load(Acquire) >> UP)
    }

    /// How many gets the chain has had, if this is where they are.
    pub(super) fn gets(&self) -> u64 {
        self.start + (self.head.load(Acquire) >> UP)
    }

    /// The most items that the chain has held, if this is where the puts are.
    pub(super) fn peak(&self) -> u64 {
        self.tail.peak.load(Relaxed)
    }

    /// Whether a put would find a slot, where the slots of a first ring tell whether there is room. Looks at nothing that only gets write.
    pub(super) fn has_slot(&self) -> Option<bool> {
        if self.start != 0 || self.slots.len() as u64 != self.capacity {
            return None;
        }
        let (slot, free) = self.slot(self.tail.at.load(Relaxed) >> UP);
        Some(slot.stamp.load(Relaxed) == free)
    }

    /// Whether a get would find an item. Looks at nothing that only puts write.
    pub(super) fn has_item(&self) -> bool {
        let (slot, free) = self.slot(self.head.load(Relaxed) >> UP);
        slot.stamp.load(Relaxed) == free + 1
    }
}

/// After a claim was lost: lets the winner, who has the line, go on for a while, longer each time.
#[inline]
fn back_off(lost: &mut u32) {
    for _ in 0..1 << *lost {
        std::hint::spin_loop();
    }
    *lost = (*lost + 1).min(BACK_OFF_MOST);
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        while let Got::Item(item) = self.get() {
            drop(item);
        }
    }
}

/// Free slots of the first lap. Each is written, though they are all zeroes, and the system has such memory: it would give out a page when its first stamp is read, and another when that is written, and stop the other
/// cores to tell them (40 % of the time of a queue that grows).
fn free<T>(count: usize) -> Box<[Slot<T>]> {
    let slot = |_| Slot {
        stamp: AtomicU64::new(0),
        item: UnsafeCell::new(MaybeUninit::uninit()),
    };
    (0..count).map(slot).collect()
}
