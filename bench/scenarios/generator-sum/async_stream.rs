//! async-stream's streams, polled by hand.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold_all, run};
use futures_core::Stream;
use std::hint::black_box;
use std::iter::from_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("async-stream", |orders| {
    run(orders, &[(PLAIN, plain), (BOXED, boxed)])
});

fn numbers(count: u64) -> impl Stream<Item = u64> {
    async_stream::stream! {
        for number in 0..count {
            yield number;
        }
    }
}

fn sum<S: Stream<Item = u64> + ?Sized>(mut stream: Pin<&mut S>) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    fold_all(from_fn(|| match stream.as_mut().poll_next(&mut context) {
        Poll::Ready(number) => number,
        Poll::Pending => None,
    }))
}

fn plain(count: u64) -> u64 {
    sum(pin!(numbers(count)))
}

fn boxed(count: u64) -> u64 {
    let boxed: Pin<Box<dyn Stream<Item = u64>>> = Box::pin(numbers(count));
    sum(black_box(boxed).as_mut())
}
