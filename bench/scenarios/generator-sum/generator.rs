//! generator, whose generators have stacks of their own.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use generator::{Generator, Gn, done};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("generator", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

fn numbers(count: u64) -> Generator<'static, (), u64> {
    Gn::new_scoped(move |mut scope| {
        for number in 0..count {
            scope.yield_(number);
        }
        done!()
    })
}

fn plain(count: u64) -> u64 {
    fold_all(numbers(count))
}

fn boxed(count: u64) -> u64 {
    let boxed: Box<dyn Iterator<Item = u64>> = Box::new(numbers(count));
    fold_all(black_box(boxed))
}
