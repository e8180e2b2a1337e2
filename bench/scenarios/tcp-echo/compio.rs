//! compio on io_uring: reading and writing with a buffer that the kernel is lent.
#![forbid(unsafe_code)]

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use crate::kit::peers;
use compio::BufResult;
use compio::io::{AsyncRead, AsyncWriteExt};
use compio::net::TcpStream;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("compio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    peers::compio(None)?.block_on(accept(listener, buffer_for(variant), || ()))
}

pub(crate) async fn accept(
    listener: TcpListener,
    size: usize,
    opened: impl Fn(),
) -> Result<Infallible> {
    let listener = compio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        opened();
        compio::runtime::spawn(echo(stream, size)).detach();
    }
}

async fn echo(mut stream: TcpStream, size: usize) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(size);
    loop {
        let BufResult(n, read) = stream.read(buffer).await;
        if n? == 0 {
            return Ok(());
        }
        let BufResult(written, sent) = stream.write_all(read).await;
        written?;
        buffer = sent;
        buffer.clear();
    }
}
