//! yibu-http's files on its server, one loop, as they are unless something else is asked of them.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::files;
use std::convert::Infallible;
use std::net::TcpListener;
use yibu_http::files::Files;
use yibu_http::{Request, Server};

pub(crate) const CONTESTANT: Contestant = Contestant::server("yibu-http", serve).on_uring();

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    yibu::run(async {
        let files = Files::new(files::folder()?).await?;
        let listener = yibu::net::TcpListener::from_std(listener)?;
        Server::from_listener(listener)
            .serve(async move |request: &mut Request| files.serve(request).await)
            .await;
        Err("the server ended, and nobody asked it to".into())
    })
}
