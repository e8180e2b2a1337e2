//! may with one worker: the task is a coroutine like the connections. Its worker runs ready coroutines until there is none before it looks for
//! I/O, and a coroutine that has slept goes on on the thread of the timers.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Hog, Kind, Pause};
use crate::registry::tcp_echo::may::accept;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("may", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    let hog = move || drop(may::go!(move || run(kind)));
    accept(listener, super::scenario::BUFFER, move || hog::open(hog))
}

fn run(kind: Kind) {
    let mut hog = Hog::new(kind);
    loop {
        match hog.next() {
            Pause::Yield => may::coroutine::yield_now(),
            Pause::Sleep(time) => may::coroutine::sleep(time),
        }
    }
}
