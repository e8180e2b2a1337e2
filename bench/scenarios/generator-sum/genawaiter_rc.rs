//! genawaiter, counted by references.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, fold_all, run};
use genawaiter::rc::{Co, Gen};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("genawaiter", |orders| run(orders, &[(BOXED, boxed)]));

async fn numbers(co: Co<u64>, count: u64) {
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn boxed(count: u64) -> u64 {
    let numbers = Gen::new(|co| numbers(co, count)).into_iter();
    let boxed: Box<dyn Iterator<Item = u64>> = Box::new(numbers);
    fold_all(black_box(boxed))
}
