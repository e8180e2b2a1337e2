//! tokio's current-thread runtime with a `LocalSet`.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::tokio_localset::TokioLocalSet;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    run(orders, |tasks, each| {
        TokioLocalSet::run(work::<TokioLocalSet>(tasks, each))
    })
});
