//! yibu's generators: a chain of boxed bodies.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use std::pin::pin;
use yibu::generator::{Co, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| run(orders, work));

async fn deep(mut co: Co<'_, u64>, depth: u64, count: u64) {
    if depth > 0 {
        return Box::pin(deep(co.reborrow(), depth - 1, count)).await;
    }
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn work(depth: u64, count: u64) -> Done {
    all(pin!(generator(async |co| deep(co, depth, count).await)))
}
