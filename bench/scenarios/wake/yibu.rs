//! yibu on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, task, work};
use crate::contestant::Contestant;
use crate::kit::runtime::yibu::Yibu;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, || {
        task(|left, exchange| Yibu::run(work::<Yibu>(left, exchange)))
    })
})
.on_uring();
