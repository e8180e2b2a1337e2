//! async-stream's streams, each in a box inside of another, polled by hand.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use async_stream::stream;
use futures_core::Stream;
use std::iter::from_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("async-stream", |orders| run(orders, work));

fn deep(depth: u64, count: u64) -> Pin<Box<dyn Stream<Item = u64>>> {
    Box::pin(stream! {
        if depth > 0 {
            for await number in deep(depth - 1, count) {
                yield number;
            }
            return;
        }
        for number in 0..count {
            yield number;
        }
    })
}

fn work(depth: u64, count: u64) -> Done {
    let mut numbers = deep(depth, count);
    let mut context = Context::from_waker(Waker::noop());
    all(from_fn(|| match numbers.as_mut().poll_next(&mut context) {
        Poll::Ready(number) => number,
        Poll::Pending => None,
    }))
}
