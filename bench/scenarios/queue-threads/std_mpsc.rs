//! The standard library's channels: `sync_channel`, and `channel` where it is unbounded.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use std::sync::mpsc;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, mpsc::sync_channel, mpsc::channel));
