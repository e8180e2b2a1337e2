//! axum on a current-thread tokio, by `axum::serve`, as its documentation begins. It offers no way to answer a batch with one write.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use axum::Router;
use axum::routing::get;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("axum", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        // A `&'static str` is text/plain; charset=utf-8.
        let router = Router::new().route("/", get(async || "Hello, world!"));
        axum::serve(listener, router).await?;
        Err("the server ended, and nobody asked it to".into())
    })
}
