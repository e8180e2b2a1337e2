//! yibu's queue, between tasks of its loop.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::queue::yibu::{bounded, unbounded};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| run(orders, bounded, unbounded)).on_uring();
