//! genawaiter: a chain of boxed bodies.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use genawaiter::rc::{Co, Gen};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("genawaiter", |orders| run(orders, work));

async fn deep(co: &Co<u64>, depth: u64, count: u64) {
    if depth > 0 {
        return Box::pin(deep(co, depth - 1, count)).await;
    }
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn work(depth: u64, count: u64) -> Done {
    all(Gen::new(|co| async move { deep(&co, depth, count).await }).into_iter())
}
