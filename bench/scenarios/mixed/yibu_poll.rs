//! yibu with its Poll driver, that is epoll, as where rings are refused.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = super::yibu::CONTESTANT.on_poll("limit-threads");
