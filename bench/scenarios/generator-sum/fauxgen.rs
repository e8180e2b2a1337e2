//! fauxgen.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use std::hint::black_box;
use std::pin::pin;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("fauxgen", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

#[fauxgen::generator(yield = u64)]
fn numbers(count: u64) {
    for number in 0..count {
        r#yield!(number);
    }
}

fn plain(count: u64) -> u64 {
    fold_all(pin!(numbers(count)))
}

fn boxed(count: u64) -> u64 {
    let boxed: Box<dyn Iterator<Item = u64>> = Box::new(Box::pin(numbers(count)));
    fold_all(black_box(boxed))
}
