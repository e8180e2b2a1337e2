//! thingbuf's blocking channel.
#![forbid(unsafe_code)]

use super::scenario::run_bounded;
use crate::contestant::Contestant;
use thingbuf::mpsc::blocking;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("thingbuf", |orders| run_bounded(orders, blocking::channel));
