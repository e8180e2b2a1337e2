//! tokio's `mpsc`, with `blocking_send` and `blocking_recv`.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use tokio::sync::mpsc;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    run(orders, mpsc::channel, mpsc::unbounded_channel)
});
