//! genawaiter, counted by references: there is no other form than a box.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use genawaiter::rc::{Co, Gen};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("genawaiter", |orders| {
    run(orders, |_| unreachable!(), |_| unreachable!(), boxed)
});

async fn from(co: Co<u64>, number: u64) {
    for number in number.. {
        co.yield_(number).await;
    }
}

fn boxed(number: u64) -> u64 {
    let numbers = Gen::new(|co| from(co, number)).into_iter();
    let numbers: Box<dyn Iterator<Item = u64>> = Box::new(numbers);
    black_box(numbers).next().expect("it goes on")
}
