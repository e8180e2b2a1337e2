//! yibu with its Poll driver, that is epoll.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = super::yibu::CONTESTANT.on_poll("limit-eventfd");
