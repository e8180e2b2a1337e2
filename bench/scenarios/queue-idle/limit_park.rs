//! No queue: a thread that is parked, and gets the number when it is unparked.
#![forbid(unsafe_code)]

use super::scenario::run_thread;
use crate::contestant::Contestant;
use crate::kit::queue::{Get, Put};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| {
    run_thread(orders, || {
        let place = Arc::new(Place::default());
        (Putter(Arc::clone(&place)), Getter(place))
    })
});

/// Room for one number, which is not 0.
#[derive(Default)]
struct Place {
    number: AtomicU64,
    waiting: Mutex<Option<Thread>>,
}

struct Putter(Arc<Place>);

impl Put for Putter {
    fn put(&mut self, item: u64) {
        self.0.number.store(item, Ordering::SeqCst);
        if let Some(waiting) = &*self.0.waiting.lock().expect("nobody panics here") {
            waiting.unpark();
        }
    }

    fn another(&self) -> Option<Self> {
        None
    }
}

struct Getter(Arc<Place>);

impl Get for Getter {
    fn get(&mut self) -> u64 {
        *self.0.waiting.lock().expect("nobody panics here") = Some(thread::current());
        loop {
            match self.0.number.swap(0, Ordering::SeqCst) {
                0 => thread::park(),
                number => return number,
            }
        }
    }

    fn another(&self) -> Option<Self> {
        None
    }
}
