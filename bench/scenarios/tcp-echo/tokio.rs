//! tokio, current-thread: a task per connection that reads what is there and writes all of it, as its documentation's echo server does.
#![forbid(unsafe_code)]

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use std::convert::Infallible;
use std::net::TcpListener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const CONTESTANT: Contestant = Contestant::server("tokio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(accept(listener, buffer_for(variant), || ()))
}

pub(crate) async fn accept(
    listener: TcpListener,
    size: usize,
    opened: impl Fn(),
) -> Result<Infallible> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        opened();
        tokio::spawn(echo(stream, size));
    }
}

async fn echo(mut stream: TcpStream, size: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..n]).await?;
    }
}
