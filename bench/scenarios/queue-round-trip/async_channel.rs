//! async-channel, with `send_blocking` and `recv_blocking`.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("async-channel", |orders| {
    run(orders, async_channel::bounded)
});
