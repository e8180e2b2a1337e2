//! actix-files on actix-web with one worker.
//!
//! It reads in its loop and not in threads, by `read_mode_threshold`, which saves a third for files that are in memory.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::files;
use actix_files::Files;
use actix_web::http::KeepAlive;
use actix_web::{App, HttpServer};
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("actix-files", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let folder = files::folder()?;
    actix_web::rt::System::new().block_on(async {
        let app =
            move || App::new().service(Files::new("/", &folder).read_mode_threshold(u64::MAX));
        HttpServer::new(app)
            .workers(1)
            .keep_alive(KeepAlive::Os)
            .listen(listener)?
            .run()
            .await?;
        Err("the server ended, and nobody asked it to".into())
    })
}
