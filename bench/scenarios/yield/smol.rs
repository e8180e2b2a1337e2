//! smol's `LocalExecutor`.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::smol::Smol;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("smol", |orders| {
    run(orders, |tasks, each| Smol::run(work::<Smol>(tasks, each)))
});
