//! `yibu-poll` of http-hello, with many connections.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = crate::registry::http_hello::yibu_poll::CONTESTANT;
