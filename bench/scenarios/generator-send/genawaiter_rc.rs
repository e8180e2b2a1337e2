//! genawaiter, counted by references; its type is hidden by a boxed closure, as it has no trait for that.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, fold, run};
use genawaiter::GeneratorState;
use genawaiter::rc::{Co, Gen};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("genawaiter", |orders| run(orders, &[(BOXED, boxed)]));

async fn sums(co: Co<u64, u64>, count: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..count {
        sum = fold(sum, co.yield_(sum).await);
    }
    sum
}

fn boxed(count: u64) -> u64 {
    let mut all = Gen::new(|co| sums(co, count));
    let send: Box<dyn FnMut(u64) -> State> =
        Box::new(move |number| match all.resume_with(number) {
            GeneratorState::Yielded(sum) => State::Yielded(sum),
            GeneratorState::Complete(sum) => State::Complete(sum),
        });
    let mut send = black_box(send);
    send_all(send(0), send)
}
