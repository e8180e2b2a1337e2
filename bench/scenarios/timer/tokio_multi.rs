//! tokio's multi-thread runtime with two workers on two cores.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::tokio_multi::TokioMulti;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    run(orders, |job, count| {
        TokioMulti::run(work::<TokioMulti>(job, count))
    })
});
