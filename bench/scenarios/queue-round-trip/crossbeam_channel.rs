//! crossbeam-channel.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("crossbeam-channel", |orders| {
    run(orders, crossbeam_channel::bounded)
});
