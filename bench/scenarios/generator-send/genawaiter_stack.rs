//! genawaiter, on the stack.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{PLAIN, fold, run};
use genawaiter::GeneratorState;
use genawaiter::stack::{Co, let_gen_using};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("genawaiter", |orders| run(orders, &[(PLAIN, plain)]));

async fn sums(co: Co<'_, u64, u64>, count: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..count {
        sum = fold(sum, co.yield_(sum).await);
    }
    sum
}

fn plain(count: u64) -> u64 {
    let_gen_using!(all, |co| sums(co, count));
    let mut send = |number| match all.resume_with(number) {
        GeneratorState::Yielded(sum) => State::Yielded(sum),
        GeneratorState::Complete(sum) => State::Complete(sum),
    };
    send_all(send(0), send)
}
