//! concurrent-queue, which has no waiting: its user's loop is here a few tries with a pause and then `yield_now`, so that it burns what time it is given.
#![forbid(unsafe_code)]

use super::{Get, Put};
use concurrent_queue::ConcurrentQueue;
use std::hint::spin_loop;
use std::sync::Arc;
use std::thread;

/// Tries before the rest of the time slice is given away.
const TRIES: u32 = 64;

/// Either end.
pub(crate) struct End(Arc<ConcurrentQueue<u64>>);

/// The queue's two ends.
pub(crate) fn ends(queue: ConcurrentQueue<u64>) -> (End, End) {
    let queue = Arc::new(queue);
    (End(Arc::clone(&queue)), End(queue))
}

impl Put for End {
    fn put(&mut self, item: u64) {
        until(|| self.0.push(item).ok());
    }

    fn another(&self) -> Option<Self> {
        Some(Self(Arc::clone(&self.0)))
    }
}

impl Get for End {
    fn get(&mut self) -> u64 {
        until(|| self.0.pop().ok())
    }

    fn another(&self) -> Option<Self> {
        Some(Self(Arc::clone(&self.0)))
    }
}

fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let mut tries = 0;
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        tries += 1;
        if tries < TRIES {
            spin_loop();
        } else {
            thread::yield_now();
        }
    }
}
