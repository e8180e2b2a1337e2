//! No runtime: a hashed wheel over a slab, a clock that is read once a turn, and a sleep until the next millisecond.
#![forbid(unsafe_code)]

use super::scenario::{Job, Shape, run};
use crate::contestant::{Contestant, Done, Stopwatch};
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| run(orders, work));

/// Slots, each a millisecond.
const SLOTS: usize = 4096;

/// No entry.
const NONE: u32 = u32::MAX;

struct Wheel {
    /// The first entry of each slot; its own first entries are the heads, so that the first timer of a slot is no special case.
    entries: Vec<Entry>,
    /// The first entry that is not in use, and through `next` the others.
    free: u32,
    /// The millisecond up to which everything has fired.
    now: u64,
    base: Instant,
}

struct Entry {
    next: u32,
    previous: u32,
    /// The millisecond to fire at.
    due: u64,
}

impl Wheel {
    fn new() -> Self {
        let head = |slot| Entry {
            next: slot,
            previous: slot,
            due: u64::MAX,
        };
        Self {
            entries: (0..SLOTS as u32).map(head).collect(),
            free: NONE,
            now: 0,
            base: Instant::now(),
        }
    }

    /// Sets a timer; its entry is its name.
    fn set(&mut self, delay: Duration) -> u32 {
        let due = self.now + delay.as_micros().div_ceil(1000) as u64;
        let head = due as u32 % SLOTS as u32;
        let next = self.entries[head as usize].next;
        let entry = Entry {
            next,
            previous: head,
            due,
        };
        let index = if self.free == NONE {
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        } else {
            let index = self.free;
            self.free = self.entries[index as usize].next;
            self.entries[index as usize] = entry;
            index
        };
        self.entries[head as usize].next = index;
        self.entries[next as usize].previous = index;
        index
    }

    /// Takes a timer out; what it returns is the one after it.
    fn cancel(&mut self, index: u32) -> u32 {
        let Entry { next, previous, .. } = self.entries[index as usize];
        self.entries[previous as usize].next = next;
        self.entries[next as usize].previous = previous;
        self.entries[index as usize].next = self.free;
        self.free = index;
        next
    }

    fn read_clock(&self) -> u64 {
        self.base.elapsed().as_millis() as u64
    }

    /// Fires what is due by now; how many.
    fn turn(&mut self) -> u64 {
        let (mut fired, until) = (0, self.read_clock());
        while self.now < until {
            self.now += 1;
            let head = self.now as u32 % SLOTS as u32;
            let mut index = self.entries[head as usize].next;
            while index != head {
                index = if self.entries[index as usize].due == self.now {
                    fired += 1;
                    self.cancel(index)
                } else {
                    self.entries[index as usize].next
                };
            }
        }
        fired
    }

    /// Sleeps until the next millisecond.
    fn wait(&self) {
        let next = self.base + Duration::from_millis(self.now + 1);
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn work(job: Job, count: u64) -> Done {
    let (mut wheel, mut delays) = (Wheel::new(), job.delays());
    let mut timers = Vec::with_capacity(job.million as usize);
    let mut proof = 0;
    if matches!(job.shape, Shape::AmongOthers) {
        timers.extend((0..job.million).map(|_| wheel.set(delays.next())));
        let began = Stopwatch::start();
        for _ in 0..count {
            let timer = black_box(wheel.set(delays.next()));
            wheel.cancel(timer);
            proof += 1;
        }
        return began.done(proof);
    }
    let began = Stopwatch::start();
    for _ in 0..count {
        timers.extend((0..job.million).map(|_| wheel.set(delays.next())));
        if matches!(job.shape, Shape::Cancelled) {
            proof += timers.len() as u64;
            for timer in timers.drain(..) {
                wheel.cancel(timer);
            }
            continue;
        }
        let mut left = timers.len() as u64;
        timers.clear();
        while left > 0 {
            wheel.wait();
            let fired = wheel.turn();
            left -= fired;
            proof += fired;
        }
    }
    began.done(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_cancelled_fires_when_it_is_due() {
        let mut wheel = Wheel::new();
        let millis = Duration::from_millis;
        // Two of one slot, a round apart, and one that is cancelled.
        wheel.set(millis(3));
        wheel.set(millis(3 + SLOTS as u64));
        let cancelled = wheel.set(millis(2));
        wheel.cancel(cancelled);
        wheel.base = Instant::now() - millis(1000);
        assert_eq!(wheel.turn(), 1);
        wheel.base = Instant::now() - millis(1000 + SLOTS as u64);
        assert_eq!(wheel.turn(), 1);
        assert_eq!(wheel.turn(), 0);
    }
}
