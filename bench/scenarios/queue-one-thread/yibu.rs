//! yibu's queue, with `put_blocking` and `get_blocking`.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::queue::yibu::{bounded, unbounded};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| run(orders, bounded, unbounded));
