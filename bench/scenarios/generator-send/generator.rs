//! generator, whose generators have stacks of their own. It has one type for what is yielded and what is returned.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold, run};
use generator::{Generator, Gn};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("generator", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

fn sums(count: u64) -> Generator<'static, u64, u64> {
    Gn::new_scoped(move |mut scope| {
        let mut sum = 0;
        for _ in 0..count {
            sum = fold(sum, scope.yield_(sum).expect("a number is sent"));
        }
        sum
    })
}

fn send(count: u64) -> impl FnMut(u64) -> State {
    let (mut sums, mut left) = (sums(count), count);
    move |number| {
        let sum = sums.send(number);
        if left == 0 {
            return State::Complete(sum);
        }
        left -= 1;
        State::Yielded(sum)
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
