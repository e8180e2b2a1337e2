//! nginx, one process, that answers from its configuration.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::nginx;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::announcing("program:nginx", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    nginx::serve(
        listener,
        r#"default_type "text/plain; charset=utf-8";
        location / { return 200 "Hello, world!"; }"#,
    )
}
