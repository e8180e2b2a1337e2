//! ntex-files on ntex's own runtime, neon, over io_uring, with one worker. It reads in ntex's pool of threads, in pieces of 64 KiB: nothing
//! of that can be chosen.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::files;
use ntex::rt::{DefaultRuntime, System};
use ntex::web::{App, HttpServer};
use ntex_files::Files;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("ntex-files", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let folder = files::folder()?;
    System::new("ntex", DefaultRuntime).block_on(async {
        let app = async move || App::new().service(Files::new("/", &folder));
        HttpServer::new(app)
            .workers(1)
            .listen(listener)?
            .run()
            .await?;
        Err("the server ended, and nobody asked it to".into())
    })
}
