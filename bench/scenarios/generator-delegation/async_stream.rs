//! async-stream's streams, one inside of the other, polled by hand.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use async_stream::stream;
use futures_core::Stream;
use std::hint::black_box;
use std::iter::from_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("async-stream", |orders| {
    run(orders, &[(STATIC, fixed), (CHAIN, chain)])
});

fn numbers(count: u64) -> impl Stream<Item = u64> {
    stream! {
        for number in 0..count {
            yield number;
        }
    }
}

fn around(inner: impl Stream<Item = u64>) -> impl Stream<Item = u64> {
    stream! {
        for await number in inner {
            yield number;
        }
    }
}

fn sum(mut stream: Pin<&mut impl Stream<Item = u64>>) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    fold_all(from_fn(|| match stream.as_mut().poll_next(&mut context) {
        Poll::Ready(number) => number,
        Poll::Pending => None,
    }))
}

fn fixed(count: u64) -> u64 {
    sum(pin!(around(around(around(around(around(numbers(count))))))))
}

fn chain(count: u64) -> u64 {
    let innermost: Pin<Box<dyn Stream<Item = u64>>> = Box::pin(numbers(count));
    let around = |inner, _| black_box(Box::pin(around(inner)) as Pin<Box<dyn Stream<Item = u64>>>);
    sum(pin!((0..5).fold(innermost, around)))
}
