//! monoio on io_uring: reading and writing with a buffer that the kernel is lent, as its documentation's echo server does.
#![forbid(unsafe_code)]

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use crate::kit::peers;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::TcpStream;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("monoio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    peers::monoio()?.block_on(accept(listener, buffer_for(variant), || ()))
}

pub(crate) async fn accept(
    listener: TcpListener,
    size: usize,
    opened: impl Fn(),
) -> Result<Infallible> {
    let listener = monoio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        opened();
        monoio::spawn(echo(stream, size));
    }
}

async fn echo(mut stream: TcpStream, size: usize) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(size);
    loop {
        let (n, read) = stream.read(buffer).await;
        if n? == 0 {
            return Ok(());
        }
        let (written, sent) = stream.write_all(read).await;
        written?;
        buffer = sent;
        buffer.clear();
    }
}
