//! yibu-http's server on one loop, by its ordinary path.

#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use std::convert::Infallible;
use std::net::TcpListener;
use yibu_http::{Request, Response, Server};

pub(crate) const CONTESTANT: Contestant = Contestant::server("yibu-http", serve).on_uring();

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    yibu::run(async {
        let listener = yibu::net::TcpListener::from_std(listener)?;
        Server::from_listener(listener)
            .serve(async |_: &mut Request| Response::text("Hello, world!"))
            .await;
        Err("the server ended, and nobody asked it to".into())
    })
}
