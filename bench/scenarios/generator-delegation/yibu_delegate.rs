//! yibu's generators, with `delegate`, which is made for recursion.
#![forbid(unsafe_code)]

use super::scenario::CHAIN;
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use std::pin::pin;
use yibu::generator::{Nested, generator};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| run(orders, &[(CHAIN, chain)]));

async fn deep(mut co: Nested<'_, u64>, depth: u64, count: u64) {
    if depth > 0 {
        return co.delegate(|co| deep(co, depth - 1, count)).await;
    }
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn chain(count: u64) -> u64 {
    fold_all(pin!(generator(async |mut co| {
        co.delegate(|co| deep(co, 4, count)).await;
    })))
}
