//! yibu on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::yibu::Yibu;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, |tasks, each| Yibu::run(work::<Yibu>(tasks, each)))
})
.on_uring();
