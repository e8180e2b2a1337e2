//! glommio's executor.
#![forbid(unsafe_code)]

use super::scenario::{run, task, work};
use crate::contestant::Contestant;
use crate::kit::runtime::glommio::Glommio;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("glommio", |orders| {
    run(orders, || {
        task(|left, exchange| Glommio::run(work::<Glommio>(left, exchange)))
    })
});
