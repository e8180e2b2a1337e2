//! tokio's current-thread runtime, plain `spawn`.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::tokio_current::TokioCurrent;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    run(orders, |tasks, each| {
        TokioCurrent::run(work::<TokioCurrent>(tasks, each))
    })
});
