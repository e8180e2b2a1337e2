//! yibu with its Poll driver, that is epoll, as where rings are refused: a pool of threads reads the files.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = super::yibu::CONTESTANT.on_poll("limit-sendfile");
