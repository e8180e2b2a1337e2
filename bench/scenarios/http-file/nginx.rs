//! nginx, one process, with `sendfile` and `tcp_nopush`, which puts the head and the file's start into one segment.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::{files, nginx};
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::announcing("program:nginx", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    serve_with(listener, "")
}

/// With further directives.
pub(super) fn serve_with(listener: TcpListener, directives: &str) -> Result<Infallible> {
    let folder = files::folder()?;
    let folder = folder.display();
    let basic = format!(
        r#"root "{folder}";
        default_type {};
        sendfile on;
        tcp_nopush on;"#,
        files::CONTENT_TYPE
    );
    nginx::serve(listener, &format!("{basic}{directives}"))
}
