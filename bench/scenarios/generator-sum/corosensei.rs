//! corosensei, whose coroutines have stacks of their own.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use corosensei::Coroutine;
use std::hint::black_box;
use std::iter::from_fn;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("corosensei", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

fn numbers(count: u64) -> impl Iterator<Item = u64> {
    let mut coroutine = Coroutine::new(move |yielder, ()| {
        for number in 0..count {
            yielder.suspend(number);
        }
    });
    from_fn(move || coroutine.resume(()).as_yield())
}

fn plain(count: u64) -> u64 {
    fold_all(numbers(count))
}

fn boxed(count: u64) -> u64 {
    let boxed: Box<dyn Iterator<Item = u64>> = Box::new(numbers(count));
    fold_all(black_box(boxed))
}
