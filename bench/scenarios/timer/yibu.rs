//! yibu on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::yibu::Yibu;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, |job, count| Yibu::run(work::<Yibu>(job, count)))
})
.on_uring();
