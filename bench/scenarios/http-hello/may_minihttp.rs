//! may_minihttp: a coroutine for each connection, on one worker that is not pinned anew.
//!
//! It takes no listener, so it binds the address again, and it offers no way to set `TCP_NODELAY`: it answers all that it has read
//! with one write, so no answer waits for an acknowledgement.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Contestant, announce};
use may_minihttp::{HttpServer, HttpService, Request, Response};
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::announcing("may_minihttp", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    may::config().set_workers(1).set_worker_pin(false);
    let address = listener.local_addr()?;
    drop(listener);
    let server = HttpServer(Hello).start(address)?;
    announce(address);
    server.wait();
    Err("the server ended, and nobody asked it to".into())
}

#[derive(Clone)]
struct Hello;

impl HttpService for Hello {
    fn call(&mut self, _: Request<'_, '_, '_>, response: &mut Response<'_>) -> io::Result<()> {
        response.header("Content-Type: text/plain; charset=utf-8");
        response.body("Hello, world!");
        Ok(())
    }
}
