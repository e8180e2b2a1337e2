//! tokio, current-thread.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::registry::tcp_echo::tokio::accept;
use std::convert::Infallible;
use std::net::TcpListener;
use tokio::runtime::Builder;

pub(crate) const CONTESTANT: Contestant = Contestant::server("tokio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    run(Builder::new_current_thread(), listener, variant)
}

pub(super) fn run(
    mut runtime: Builder,
    listener: TcpListener,
    variant: &str,
) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let hog = move || {
        drop(tokio::spawn(hog::run(
            kind,
            tokio::task::yield_now,
            tokio::time::sleep,
        )))
    };
    let accept = accept(listener, super::scenario::BUFFER, || hog::open(hog));
    runtime.enable_all().build()?.block_on(accept)
}
