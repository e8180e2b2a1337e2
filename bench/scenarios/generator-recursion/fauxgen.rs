//! fauxgen: a chain of boxed bodies that share a token.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use fauxgen::GeneratorToken;
use std::pin::pin;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("fauxgen", |orders| run(orders, work));

async fn deep(token: &GeneratorToken<u64>, depth: u64, count: u64) {
    if depth > 0 {
        return Box::pin(deep(token, depth - 1, count)).await;
    }
    for number in 0..count {
        token.yield_(number).await;
    }
}

fn work(depth: u64, count: u64) -> Done {
    all(pin!(fauxgen::r#gen!(|token: GeneratorToken<u64>| {
        deep(&token, depth, count).await;
    })))
}
