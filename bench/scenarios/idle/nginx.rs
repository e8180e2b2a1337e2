//! `nginx` of http-hello, with many connections.
//!
//! It has a table for all the connections that it may have from the start, some 440 bytes for each: what is measured here is what comes on top.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = crate::registry::http_hello::nginx::CONTESTANT;
