//! smol's `LocalExecutor`.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::smol::Smol;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("smol", |orders| {
    run(orders, |job, count| Smol::run(work::<Smol>(job, count)))
});
