//! yibu's generators.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use std::hint::black_box;
use std::pin::pin;
use yibu::generator::{Body, Generator, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

/// One body for each form, as a program has that uses one.
fn numbers<const IN_BOX: bool>(
    count: u64,
) -> Generator<u64, (), impl Body<u64, (), Return = ()> + Send> {
    generator(async move |mut co| {
        for number in 0..count {
            co.yield_(number).await;
        }
    })
}

fn plain(count: u64) -> u64 {
    fold_all(pin!(numbers::<false>(count)))
}

fn boxed(count: u64) -> u64 {
    fold_all(black_box(numbers::<true>(count).boxed()))
}
