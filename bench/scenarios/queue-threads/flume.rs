//! flume.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("flume", |orders| {
    run(orders, flume::bounded, flume::unbounded)
});
