//! fauxgen: bodies that share a token.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use fauxgen::GeneratorToken;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("fauxgen", |orders| {
    run(orders, &[(STATIC, fixed), (CHAIN, chain)])
});

type Token = GeneratorToken<u64>;

async fn numbers(token: &Token, count: u64) {
    for number in 0..count {
        token.yield_(number).await;
    }
}

async fn level1(token: &Token, count: u64) {
    numbers(token, count).await;
}

async fn level2(token: &Token, count: u64) {
    level1(token, count).await;
}

async fn level3(token: &Token, count: u64) {
    level2(token, count).await;
}

async fn level4(token: &Token, count: u64) {
    level3(token, count).await;
}

async fn level5(token: &Token, count: u64) {
    level4(token, count).await;
}

fn boxed(token: &Token, depth: u64, count: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    black_box(Box::pin(async move {
        match depth {
            0 => numbers(token, count).await,
            _ => boxed(token, depth - 1, count).await,
        }
    }))
}

fn fixed(count: u64) -> u64 {
    fold_all(pin!(fauxgen::r#gen!(
        |token: Token| level5(&token, count).await
    )))
}

fn chain(count: u64) -> u64 {
    fold_all(pin!(fauxgen::r#gen!(|token: Token| boxed(
        &token, 5, count
    )
    .await)))
}
