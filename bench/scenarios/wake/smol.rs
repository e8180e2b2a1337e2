//! smol's `LocalExecutor`, and its reactor.
#![forbid(unsafe_code)]

use super::scenario::{run, task, work};
use crate::contestant::Contestant;
use crate::kit::runtime::smol::Smol;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("smol", |orders| {
    run(orders, || {
        task(|left, exchange| Smol::run(work::<Smol>(left, exchange)))
    })
});
