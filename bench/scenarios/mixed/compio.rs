//! compio on io_uring as it comes: it looks for completions at every 61st poll of a task. It has no yield of its own; the common
//! one wakes its task and waits once.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::kit::peers;
use crate::registry::tcp_echo::compio::accept;
use futures_lite::future::yield_now;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant =
    Contestant::server("compio", |listener, variant| run(None, listener, variant));

pub(super) fn run(
    event_interval: Option<usize>,
    listener: TcpListener,
    variant: &str,
) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let hog =
        move || compio::runtime::spawn(hog::run(kind, yield_now, compio::time::sleep)).detach();
    let accept = accept(listener, super::scenario::BUFFER, || hog::open(hog));
    peers::compio(event_interval)?.block_on(accept)
}
