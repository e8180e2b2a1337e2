//! yibu's generators.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use std::hint::black_box;
use std::pin::pin;
use yibu::generator::{Co, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

async fn numbers(mut co: Co<'_, u64>, count: u64) {
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn plain(count: u64) -> u64 {
    fold_all(pin!(generator(async |co| numbers(co, count).await)))
}

fn boxed(count: u64) -> u64 {
    let numbers = generator(async move |co| numbers(co, count).await);
    fold_all(black_box(numbers.boxed()))
}
