//! compio on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::compio::Compio;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("compio", |orders| {
    run(orders, |tasks, each| {
        Compio::run(work::<Compio>(tasks, each))
    })
});
