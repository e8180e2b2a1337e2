//! tower-http's ServeDir under axum, on a current-thread tokio. It opens and reads files in tokio's pool of threads, in pieces of 256 KiB here:
//! with the 64 KiB that it has by default 10 MiB cost a quarter more, and with 1 MiB 64 KiB do.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::files;
use axum::Router;
use std::convert::Infallible;
use std::net::TcpListener;
use tower_http::services::ServeDir;

pub(crate) const CONTESTANT: Contestant = Contestant::server("tower-http", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let files = ServeDir::new(files::folder()?).with_buf_chunk_size(256 * 1024);
        axum::serve(listener, Router::new().fallback_service(files)).await?;
        Err("the server ended, and nobody asked it to".into())
    })
}
