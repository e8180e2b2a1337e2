//! genawaiter, counted by references.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use genawaiter::rc::{Co, Gen};
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("genawaiter", |orders| {
    run(orders, &[(STATIC, fixed), (CHAIN, chain)])
});

async fn numbers(co: &Co<u64>, count: u64) {
    for number in 0..count {
        co.yield_(number).await;
    }
}

async fn level1(co: &Co<u64>, count: u64) {
    numbers(co, count).await;
}

async fn level2(co: &Co<u64>, count: u64) {
    level1(co, count).await;
}

async fn level3(co: &Co<u64>, count: u64) {
    level2(co, count).await;
}

async fn level4(co: &Co<u64>, count: u64) {
    level3(co, count).await;
}

async fn level5(co: &Co<u64>, count: u64) {
    level4(co, count).await;
}

fn boxed(co: &Co<u64>, depth: u64, count: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    black_box(Box::pin(async move {
        match depth {
            0 => numbers(co, count).await,
            _ => boxed(co, depth - 1, count).await,
        }
    }))
}

fn fixed(count: u64) -> u64 {
    fold_all(Gen::new(|co| async move { level5(&co, count).await }).into_iter())
}

fn chain(count: u64) -> u64 {
    fold_all(Gen::new(|co| async move { boxed(&co, 5, count).await }).into_iter())
}
