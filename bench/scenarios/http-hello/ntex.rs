//! ntex's web framework on its own runtime, neon, over io_uring, with one worker.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use ntex::rt::{DefaultRuntime, System};
use ntex::web::{App, HttpResponse, HttpServer, get};
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("ntex", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    System::new("ntex", DefaultRuntime).block_on(async {
        HttpServer::new(async || App::new().service(hello))
            .workers(1)
            .listen(listener)?
            .run()
            .await?;
        Err("the server ended, and nobody asked it to".into())
    })
}

#[get("/")]
async fn hello() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("Hello, world!")
}
