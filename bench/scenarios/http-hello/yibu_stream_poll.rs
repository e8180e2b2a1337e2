//! yibu's streams without its HTTP, on epoll.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = super::yibu_stream::CONTESTANT.on_poll("limit-epoll");
