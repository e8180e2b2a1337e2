//! tokio's `mpsc` on tokio's current-thread runtime, without the budget of its tasks.
#![forbid(unsafe_code)]

use super::scenario::{get_all, put_all};
use crate::contestant::{Contestant, Stopwatch};
use crate::kit::queue::Flavour;
use crate::kit::runtime::tokio_current::TokioCurrent;
use tokio::sync::mpsc;
use tokio::task::coop::unconstrained;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    let flavour = Flavour::of(orders.variant())?;
    orders.run_timed(|items| match flavour {
        Flavour::Bounded(capacity) => work!(mpsc::channel(capacity), items, flavour),
        Flavour::Unbounded => work!(mpsc::unbounded_channel(), items, flavour),
    })
});

/// The work with one of its two channels. No function: that their futures are `Send` is known of each type, and of no type parameter.
macro_rules! work {
    ($channel:expr, $items:expr, $flavour:expr) => {
        TokioCurrent::run(async move {
            let (sender, receiver) = $channel;
            let putting = unconstrained(put_all::<TokioCurrent, _>(sender, $items, $flavour));
            let getting = unconstrained(get_all(receiver, $items));
            let watch = Stopwatch::start();
            let (putting, getting) = (tokio::spawn(putting), tokio::spawn(getting));
            putting.await.expect("it puts to its end");
            watch.done(getting.await.expect("it gets to its end").proof())
        })
    };
}
use work;
