//! yibu's generators.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold, run};
use std::hint::black_box;
use std::pin::pin;
use yibu::generator::{Body, Generator, GeneratorState, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

/// One body for each form, as a program has that uses one.
fn sums<const IN_BOX: bool>(
    count: u64,
) -> Generator<u64, u64, impl Body<u64, u64, Return = u64> + Send> {
    generator(async move |mut co| {
        let mut sum = 0;
        for _ in 0..count {
            sum = fold(sum, co.yield_(sum).await);
        }
        sum
    })
}

#[inline(always)]
fn state(state: GeneratorState<u64, u64>) -> State {
    match state {
        GeneratorState::Yielded(sum) => State::Yielded(sum),
        GeneratorState::Complete(sum) => State::Complete(sum),
    }
}

fn plain(count: u64) -> u64 {
    let mut sums = pin!(sums::<false>(count));
    let first = state(sums.as_mut().start());
    send_all(first, |number| state(sums.as_mut().resume(number)))
}

fn boxed(count: u64) -> u64 {
    let mut sums = black_box(sums::<true>(count).boxed());
    let first = state(sums.start());
    send_all(first, |number| state(sums.resume(number)))
}
