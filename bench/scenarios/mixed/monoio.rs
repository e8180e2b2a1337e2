//! monoio on io_uring. It has no yield of its own; the common one wakes its task and waits once, and monoio puts a task that wakes
//! itself at the front of its queue.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::kit::peers;
use crate::registry::tcp_echo::monoio::accept;
use futures_lite::future::yield_now;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("monoio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    run(yield_now, listener, variant)
}

pub(super) fn run<Y: Future + 'static>(
    yield_now: fn() -> Y,
    listener: TcpListener,
    variant: &str,
) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let hog = move || {
        drop(monoio::spawn(hog::run(
            kind,
            yield_now,
            monoio::time::sleep,
        )))
    };
    let accept = accept(listener, super::scenario::BUFFER, || hog::open(hog));
    peers::monoio()?.block_on(accept)
}
