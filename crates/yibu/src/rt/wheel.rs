//! Timers: a hierarchical wheel with ticks of one millisecond (Varghese and Lauck, "Hashed and
//! hierarchical timing wheels", SOSP 1987, scheme 7).
//!
//! Level 0 has a slot for each of 64 ticks, level 1 one for each 64 of those, and so on. A timer lies at the
//! level of the highest group of six bits in which its tick differs from the wheel's; when the wheel
//! reaches a slot above level 0, what lies there moves down ("cascades"). Timers of the same tick stay
//! in the order in which they were set.
//!
//! ```text
//!   level 7 (2^42 ms a slot)  . . .  level 1 (64 ms a slot)   level 0 (1 ms a slot)   due
//!            \__________________________cascade________________^  \______expire________^
//! ```
//!
//! A slot is a circular list through the entries, so setting and removing are O(1); a bitmap per level
//! finds the next slot in use. Entries live in one table that is reused without a search; a key carries
//! its entry's generation, so a key that outlived its timer finds nothing.
//!
//! It never wakes and never clones: wakers come in and go out by value, because a foreign waker is user
//! code that must not run while the wheel is borrowed.
#![forbid(unsafe_code)]

use std::mem;
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::task::LocalWaker;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 8;
/// The last tick that the levels can tell apart: 8,900 years. Later timers count as this one.
const LAST_TICK: u64 = (1 << (BITS * LEVELS as u32)) - 1;
const NONE: u32 = u32::MAX;

/// Names a timer. Once that is due or removed, the key finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    index: u32,
    generation: u32,
}

struct Entry {
    /// When it is due. Due at `tick`: at the earliest `tick` milliseconds after the start.
    tick: u64,
    /// `None` marks a free entry, whose `next` is the next free one.
    waker: Option<LocalWaker>,
    prev: u32,
    next: u32,
    generation: u32,
    /// `level * SLOTS + slot`.
    place: u32,
}

/// The timers of one loop.
pub(crate) struct Wheel {
    start: Instant,
    /// The last tick that was expired; every timer that waits is later, or was set late and lies in its slot.
    elapsed: u64,
    /// First entry of each slot's circular list.
    slots: Box<[u32; SLOTS * LEVELS]>,
    /// Which slots of a level are in use.
    used: [u64; LEVELS],
    entries: Vec<Entry>,
    free: u32,
    len: usize,
}

impl Wheel {
    /// An empty wheel whose tick 0 is `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Wheel {
            start,
            elapsed: 0,
            slots: Box::new([NONE; SLOTS * LEVELS]),
            used: [0; LEVELS],
            entries: Vec::new(),
            free: NONE,
            len: 0,
        }
    }

    /// How many timers wait.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether no timer waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Sets a timer. It is due at the first [`expire`](Self::expire) whose `now` is `deadline` or up to a millisecond later.
    ///
    /// # Panics
    /// If four billion timers wait.
    pub(crate) fn insert(&mut self, deadline: Instant, waker: LocalWaker) -> TimerKey {
        let index = self.allocate();
        let tick = self.tick_at_or_after(deadline);
        let entry = &mut self.entries[index as usize];
        entry.tick = tick;
        entry.waker = Some(waker);
        let key = TimerKey {
            index,
            generation: entry.generation,
        };
        self.len += 1;
        self.link(index);
        key
    }

    /// Whether the timer waits with a waker that does the same as `waker`; `None` once it is due or removed.
    pub(crate) fn will_wake(&self, key: TimerKey, waker: &Waker) -> Option<bool> {
        let entry = self.entries.get(key.index as usize)?;
        let own = entry.waker.as_ref()?;
        (entry.generation == key.generation).then(|| own.will_wake(waker))
    }

    /// Gives a waiting timer another waker and returns the one it had. Gives `waker` back if the timer is due or removed.
    pub(crate) fn replace(&mut self, key: TimerKey, waker: LocalWaker) -> LocalWaker {
        match self.entries.get_mut(key.index as usize) {
            Some(Entry {
                waker: Some(own),
                generation,
                ..
            }) if *generation == key.generation => mem::replace(own, waker),
            _ => waker,
        }
    }

    /// Takes a timer out. Returns its waker, to be dropped once the wheel is no longer borrowed; `None` if it was due or removed.
    pub(crate) fn remove(&mut self, key: TimerKey) -> Option<LocalWaker> {
        let entry = self.entries.get(key.index as usize)?;
        if entry.generation != key.generation || entry.waker.is_none() {
            return None;
        }
        self.unlink(key.index);
        self.release(key.index)
    }

    /// Takes out every timer that is due at `now` and appends its waker to `due`, earlier ticks first.
    pub(crate) fn expire(&mut self, now: Instant, due: &mut Vec<LocalWaker>) {
        let now = self.ticks_until(now);
        while let Some((level, slot, start)) = self.next_slot() {
            if start > now {
                break;
            }
            self.elapsed = start;
            let mut index = self.take_slot(level, slot);
            while index != NONE {
                let next = self.entries[index as usize].next;
                if level == 0 {
                    due.extend(self.release(index));
                } else {
                    self.link(index);
                }
                index = next;
            }
        }
        self.elapsed = self.elapsed.max(now);
    }

    /// When to expire next: never later than the first timer's moment, perhaps earlier (a cascade).
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let (_, _, tick) = self.next_slot()?;
        self.start.checked_add(Duration::from_millis(tick))
    }

    /// The first slot in use: its level, its number and its first tick. Lower levels are earlier.
    fn next_slot(&self) -> Option<(usize, usize, u64)> {
        let level = self.used.iter().position(|used| *used != 0)?;
        let slot = self.used[level].trailing_zeros() as usize;
        let shift = BITS * level as u32;
        let above = self.elapsed & !((1 << (shift + BITS)) - 1);
        Some((level, slot, above | (slot as u64) << shift))
    }

    /// Rounded up: a timer must not be early.
    fn tick_at_or_after(&self, deadline: Instant) -> u64 {
        let after = deadline.saturating_duration_since(self.start);
        ticks(after.as_secs(), after.subsec_nanos().div_ceil(1_000_000))
    }

    /// Rounded down: a tick has come only when all of it has.
    fn ticks_until(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.start);
        ticks(passed.as_secs(), passed.subsec_millis())
    }

    fn allocate(&mut self) -> u32 {
        if self.free != NONE {
            let index = self.free;
            self.free = self.entries[index as usize].next;
            return index;
        }
        let index = u32::try_from(self.entries.len())
            .ok()
            .filter(|index| *index != NONE);
        let index = index.expect("four billion timers wait");
        self.entries.push(Entry {
            tick: 0,
            waker: None,
            prev: NONE,
            next: NONE,
            generation: 0,
            place: 0,
        });
        index
    }

    /// Frees an entry that is in no slot's list.
    fn release(&mut self, index: u32) -> Option<LocalWaker> {
        let entry = &mut self.entries[index as usize];
        let waker = entry.waker.take();
        self.len -= 1;
        // An entry whose generations are used up is not used again: an old key must not meet a stranger.
        if entry.generation < u32::MAX {
            entry.generation += 1;
            entry.next = self.free;
            self.free = index;
        }
        waker
    }

    /// Puts an entry at the end of the list of the slot that its tick belongs in.
    fn link(&mut self, index: u32) {
        let tick = self.entries[index as usize].tick.max(self.elapsed);
        let differs = (tick ^ self.elapsed) | (SLOTS as u64 - 1);
        let level = ((63 - differs.leading_zeros()) / BITS) as usize;
        let slot = (tick >> (BITS * level as u32)) as usize % SLOTS;
        let place = level * SLOTS + slot;
        let first = self.slots[place];
        let (prev, next) = if first == NONE {
            self.slots[place] = index;
            self.used[level] |= 1 << slot;
            (index, index)
        } else {
            let last = mem::replace(&mut self.entries[first as usize].prev, index);
            self.entries[last as usize].next = index;
            (last, first)
        };
        let entry = &mut self.entries[index as usize];
        (entry.prev, entry.next, entry.place) = (prev, next, place as u32);
    }

    /// Takes an entry out of its slot's list.
    fn unlink(&mut self, index: u32) {
        let Entry {
            prev, next, place, ..
        } = self.entries[index as usize];
        let place = place as usize;
        if next == index {
            self.slots[place] = NONE;
            self.used[place / SLOTS] &= !(1 << (place % SLOTS));
            return;
        }
        self.entries[prev as usize].next = next;
        self.entries[next as usize].prev = prev;
        if self.slots[place] == index {
            self.slots[place] = next;
        }
    }

    /// Empties a slot; its entries stay chained by `next`, ending with `NONE`.
    fn take_slot(&mut self, level: usize, slot: usize) -> u32 {
        let first = mem::replace(&mut self.slots[level * SLOTS + slot], NONE);
        self.used[level] &= !(1 << slot);
        let last = self.entries[first as usize].prev;
        self.entries[last as usize].next = NONE;
        first
    }
}

/// In 64 bits: `Duration::as_millis` divides 128.
fn ticks(seconds: u64, millis: u32) -> u64 {
    let ticks = seconds.saturating_mul(1_000).saturating_add(millis.into());
    ticks.min(LAST_TICK)
}

#[cfg(all(test, not(loom)))]
#[path = "wheel_tests.rs"]
mod tests;
