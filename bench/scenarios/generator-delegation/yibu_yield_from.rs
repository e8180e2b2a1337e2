//! yibu's generators, each of which yields from one in a box.
#![forbid(unsafe_code)]

use super::scenario::CHAIN;
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use std::hint::black_box;
use yibu::generator::{LocalBoxGenerator, generator};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| run(orders, &[(CHAIN, chain)]));

fn boxed(depth: u64, count: u64) -> LocalBoxGenerator<'static, u64> {
    let body = generator(async move |mut co| match depth {
        0 => co.yield_all(0..count).await,
        _ => co.yield_from(boxed(depth - 1, count).as_pin()).await,
    });
    black_box(body.boxed_local())
}

fn chain(count: u64) -> u64 {
    fold_all(boxed(5, count))
}
