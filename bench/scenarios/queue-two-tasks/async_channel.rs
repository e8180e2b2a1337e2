//! async-channel, on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("async-channel", |orders| {
    run(orders, async_channel::bounded, async_channel::unbounded)
})
.on_uring();
