//! monoio on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::monoio::Monoio;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("monoio", |orders| {
    run(orders, |tasks, each| {
        Monoio::run(work::<Monoio>(tasks, each))
    })
});
