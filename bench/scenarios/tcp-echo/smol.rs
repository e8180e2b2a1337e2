//! smol with its `LocalExecutor` on the main thread, which is also the one that waits for the reactor.
#![forbid(unsafe_code)]

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{Async, LocalExecutor};
use std::convert::Infallible;
use std::net::{TcpListener, TcpStream};

pub(crate) const CONTESTANT: Contestant = Contestant::server("smol", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let executor = LocalExecutor::new();
    let accept = accept(&executor, listener, buffer_for(variant), || ());
    smol::block_on(executor.run(accept))
}

pub(crate) async fn accept(
    executor: &LocalExecutor<'static>,
    listener: TcpListener,
    size: usize,
    opened: impl Fn(),
) -> Result<Infallible> {
    let listener = Async::<TcpListener>::try_from(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        opened();
        executor.spawn(echo(stream, size)).detach();
    }
}

async fn echo(mut stream: Async<TcpStream>, size: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..n]).await?;
    }
}
