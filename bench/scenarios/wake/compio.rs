//! compio on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, task, work};
use crate::contestant::Contestant;
use crate::kit::runtime::compio::Compio;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("compio", |orders| {
    run(orders, || {
        task(|left, exchange| Compio::run(work::<Compio>(left, exchange)))
    })
});
