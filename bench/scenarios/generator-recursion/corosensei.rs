//! corosensei: functions that call each other on its stack.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use corosensei::{Coroutine, Yielder};
use std::hint::black_box;
use std::iter::from_fn;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("corosensei", |orders| run(orders, work));

fn deep(yielder: &Yielder<(), u64>, depth: u64, count: u64) {
    if depth > 0 {
        deep(yielder, depth - 1, count);
        // Not a tail call.
        black_box(depth);
        return;
    }
    for number in 0..count {
        yielder.suspend(number);
    }
}

fn work(depth: u64, count: u64) -> Done {
    let mut coroutine = Coroutine::new(move |yielder, ()| deep(yielder, depth, count));
    all(from_fn(move || coroutine.resume(()).as_yield()))
}
