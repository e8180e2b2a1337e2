//! nginx with `open_file_cache`: it opens a file once and looks at it again only after a minute, so it may serve what is no longer there. Nobody
//! else here does that but the limits; it is what nginx is advised to do for speed.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::announcing("program:nginx", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    super::nginx::serve_with(listener, "open_file_cache max=100;")
}
