//! yibu's generators.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use std::hint::black_box;
use std::pin::pin;
use yibu::generator::{Body, Generator, GeneratorState, generator};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| run(orders, created, started, boxed));

/// One body for each form, as a program has that uses one.
fn from<const FORM: usize>(
    number: u64,
) -> Generator<u64, (), impl Body<u64, (), Return = ()> + Send> {
    generator(async move |mut co| {
        for number in number.. {
            co.yield_(number).await;
        }
    })
}

#[inline(always)]
fn yielded(state: GeneratorState<u64, ()>) -> u64 {
    match state {
        GeneratorState::Yielded(number) => number,
        GeneratorState::Complete(()) => panic!("it goes on"),
    }
}

fn created(number: u64) {
    let numbers = pin!(from::<0>(number));
    black_box(&numbers);
}

fn started(number: u64) -> u64 {
    let mut numbers = pin!(from::<1>(number));
    yielded(black_box(numbers.as_mut()).start())
}

fn boxed(number: u64) -> u64 {
    yielded(black_box(from::<2>(number).boxed()).start())
}
