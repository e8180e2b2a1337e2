//! tokio's current-thread runtime.
#![forbid(unsafe_code)]

use super::scenario::{run, task, work};
use crate::contestant::Contestant;
use crate::kit::runtime::tokio_current::TokioCurrent;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    run(orders, || {
        task(|left, exchange| TokioCurrent::run(work::<TokioCurrent>(left, exchange)))
    })
});
