//! No runtime: the echo on epoll on one thread, and the task on another, on the same core. The kernel preempts the task when a message arrives.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::registry::tcp_echo::limit_epoll::accept;
use std::convert::Infallible;
use std::net::TcpListener;
use std::thread;

pub(crate) const CONTESTANT: Contestant = Contestant::server("", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let hog = move || drop(thread::spawn(move || hog::run_on_thread(kind)));
    accept(listener, super::scenario::BUFFER, || hog::open(hog))
}
