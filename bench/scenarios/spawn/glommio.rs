//! glommio's executor.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::glommio::Glommio;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("glommio", |orders| {
    run(orders, |shape, count| {
        Glommio::run(work::<Glommio>(shape, count))
    })
});
