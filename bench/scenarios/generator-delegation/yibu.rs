//! yibu's generators: `reborrow`, and boxed bodies that await boxed bodies.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use yibu::generator::{Co, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, &[(STATIC, fixed), (CHAIN, chain)])
});

async fn numbers(mut co: Co<'_, u64>, count: u64) {
    for number in 0..count {
        co.yield_(number).await;
    }
}

async fn level1(mut co: Co<'_, u64>, count: u64) {
    numbers(co.reborrow(), count).await;
}

async fn level2(mut co: Co<'_, u64>, count: u64) {
    level1(co.reborrow(), count).await;
}

async fn level3(mut co: Co<'_, u64>, count: u64) {
    level2(co.reborrow(), count).await;
}

async fn level4(mut co: Co<'_, u64>, count: u64) {
    level3(co.reborrow(), count).await;
}

async fn level5(mut co: Co<'_, u64>, count: u64) {
    level4(co.reborrow(), count).await;
}

fn boxed<'a>(
    mut co: Co<'a, u64>,
    depth: u64,
    count: u64,
) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    black_box(Box::pin(async move {
        match depth {
            0 => numbers(co, count).await,
            _ => boxed(co.reborrow(), depth - 1, count).await,
        }
    }))
}

fn fixed(count: u64) -> u64 {
    fold_all(pin!(generator(async |co| level5(co, count).await)))
}

fn chain(count: u64) -> u64 {
    fold_all(pin!(generator(async |co| boxed(co, 5, count).await)))
}
