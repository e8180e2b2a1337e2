//! yibu's generators: `delegate`.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use std::pin::pin;
use yibu::generator::{Nested, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| run(orders, work));

async fn deep(mut co: Nested<'_, u64>, depth: u64, count: u64) {
    if depth > 0 {
        return co.delegate(|co| deep(co, depth - 1, count)).await;
    }
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn work(depth: u64, count: u64) -> Done {
    all(pin!(generator(async |mut co| {
        co.delegate(|co| deep(co, depth - 1, count)).await;
    })))
}
