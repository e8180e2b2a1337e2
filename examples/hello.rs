//! An HTTP server in ten lines: `cargo run -p yibu-http --example hello`, then `curl http://127.0.0.1:8000/world`.
#![forbid(unsafe_code)]

use std::io;

use http::StatusCode;
use yibu_http::{Request, Response, Server};

#[yibu::main]
async fn main() -> io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::bind(&address).await?;
    eprintln!("serving on http://{}/", server.local_addr()?);
    server.serve(hello).await;
    Ok(())
}

async fn hello(request: &mut Request) -> Response {
    match request.path() {
        "/" => Response::text("Hello! Try a path with a name.\n"),
        path if path.starts_with('/') => Response::text(format!("Hello, {}!\n", &path[1..])),
        _ => Response::text("What?\n").with_status(StatusCode::BAD_REQUEST),
    }
}
