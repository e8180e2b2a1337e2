//! fauxgen.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold, run};
use fauxgen::{Generator, GeneratorState};
use std::hint::black_box;
use std::pin::{Pin, pin};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("fauxgen", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

#[fauxgen::generator(yield = u64, arg = u64)]
fn sums(count: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..count {
        sum = fold(sum, r#yield!(sum));
    }
    sum
}

type Sums = dyn Generator<u64, Yield = u64, Return = u64>;

fn send<G: Generator<u64, Yield = u64, Return = u64> + ?Sized>(mut sums: Pin<&mut G>) -> u64 {
    let mut send = |number| match sums.as_mut().resume(number) {
        GeneratorState::Yielded(sum) => State::Yielded(sum),
        GeneratorState::Complete(sum) => State::Complete(sum),
    };
    send_all(send(0), send)
}

fn plain(count: u64) -> u64 {
    send(pin!(sums(count)))
}

fn boxed(count: u64) -> u64 {
    let boxed: Pin<Box<Sums>> = Box::pin(sums(count));
    send(black_box(boxed).as_mut())
}
