//! thingbuf's asynchronous channel, on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::run_bounded;
use crate::contestant::Contestant;
use thingbuf::mpsc;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("thingbuf", |orders| run_bounded(orders, mpsc::channel)).on_uring();
