//! actix-web with one worker. Its features are off, but for macros: compression would look at every answer.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use actix_web::http::KeepAlive;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("actix-web", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(|| App::new().route("/", web::get().to(hello)))
            .workers(1)
            // By default 256 connections are accepted at a time.
            .max_connection_rate(20_000)
            .keep_alive(KeepAlive::Os)
            .listen(listener)?
            .run()
            .await?;
        Err("the server ended, and nobody asked it to".into())
    })
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("Hello, world!")
}
