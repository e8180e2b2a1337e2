//! async-stream's streams, polled by hand.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use futures_core::Stream;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("async-stream", |orders| {
    run(orders, created, started, boxed)
});

fn from(number: u64) -> impl Stream<Item = u64> {
    async_stream::stream! {
        for number in number.. {
            yield number;
        }
    }
}

fn next<S: Stream<Item = u64> + ?Sized>(stream: Pin<&mut S>) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    match stream.poll_next(&mut context) {
        Poll::Ready(Some(number)) => number,
        _ => panic!("it goes on"),
    }
}

fn created(number: u64) {
    let numbers = pin!(from(number));
    black_box(&numbers);
}

fn started(number: u64) -> u64 {
    let mut numbers = pin!(from(number));
    next(black_box(numbers.as_mut()))
}

fn boxed(number: u64) -> u64 {
    let numbers: Pin<Box<dyn Stream<Item = u64>>> = Box::pin(from(number));
    next(black_box(numbers).as_mut())
}
