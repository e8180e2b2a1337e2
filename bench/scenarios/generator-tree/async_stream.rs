//! async-stream's streams, each in a box inside of another, polled by hand.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Tree, fold_all};
use async_stream::stream;
use futures_core::Stream;
use std::iter::from_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("async-stream", |orders| run(orders, work));

fn walk(tree: &'static Tree) -> Pin<Box<dyn Stream<Item = u64>>> {
    Box::pin(stream! {
        let Some(node) = tree else { return };
        if node.left.is_some() {
            for await number in walk(&node.left) {
                yield number;
            }
        }
        yield node.number;
        if node.right.is_some() {
            for await number in walk(&node.right) {
                yield number;
            }
        }
    })
}

fn work(tree: &'static Tree) -> u64 {
    let mut numbers = walk(tree);
    let mut context = Context::from_waker(Waker::noop());
    fold_all(from_fn(|| match numbers.as_mut().poll_next(&mut context) {
        Poll::Ready(number) => number,
        Poll::Pending => None,
    }))
}
