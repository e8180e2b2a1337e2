//! smol with its `LocalExecutor` on the main thread.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::registry::tcp_echo::smol::accept;
use smol::{LocalExecutor, Timer, future};
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("smol", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let executor = LocalExecutor::new();
    let hog = || {
        executor
            .spawn(hog::run(kind, future::yield_now, Timer::after))
            .detach()
    };
    let accept = accept(&executor, listener, super::scenario::BUFFER, || {
        hog::open(hog)
    });
    smol::block_on(executor.run(accept))
}
