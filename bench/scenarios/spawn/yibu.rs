//! yibu on its ring.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::yibu::Yibu;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run(orders, |shape, count| Yibu::run(work::<Yibu>(shape, count)))
})
.on_uring();
