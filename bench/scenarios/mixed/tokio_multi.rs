//! tokio, multi-thread, with two workers on the one core: while the task holds one, the kernel gives the other its share.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use std::convert::Infallible;
use std::net::TcpListener;
use tokio::runtime::Builder;

pub(crate) const CONTESTANT: Contestant = Contestant::server("tokio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2);
    super::tokio::run(runtime, listener, variant)
}
