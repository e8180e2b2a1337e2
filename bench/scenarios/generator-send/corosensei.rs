//! corosensei, whose coroutines have stacks of their own.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold, run};
use corosensei::{Coroutine, CoroutineResult};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("corosensei", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

fn send(count: u64) -> impl FnMut(u64) -> State {
    let mut sums = Coroutine::new(move |yielder, _: u64| {
        let mut sum = 0;
        for _ in 0..count {
            sum = fold(sum, yielder.suspend(sum));
        }
        sum
    });
    move |number| match sums.resume(number) {
        CoroutineResult::Yield(sum) => State::Yielded(sum),
        CoroutineResult::Return(sum) => State::Complete(sum),
    }
}

fn plain(count: u64) -> u64 {
    let mut send = send(count);
    send_all(send(0), send)
}

fn boxed(count: u64) -> u64 {
    let boxed: Box<dyn FnMut(u64) -> State> = Box::new(send(count));
    let mut send = black_box(boxed);
    send_all(send(0), send)
}
