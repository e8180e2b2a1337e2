//! yibu: the task yields with `yield_now`, after which a turn of the loop looks for I/O.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::registry::tcp_echo::yibu::accept;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("yibu", serve).on_uring();

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let hog = move || {
        drop(yibu::spawn(hog::run(
            kind,
            yibu::yield_now,
            yibu::time::sleep,
        )))
    };
    yibu::run(accept(listener, || hog::open(hog)))
}
