//! glommio: one executor, not pinned by itself since the harness has done so, with its ordinary streams.
//!
//! Its listener can be had from a descriptor only. Covered by every run: a wrong one accepts nothing.

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use futures_lite::io::{AsyncReadExt, AsyncWriteExt};
use glommio::net::TcpStream;
use glommio::{LocalExecutor, LocalExecutorBuilder, Placement};
use std::convert::Infallible;
use std::net::TcpListener;
use std::os::fd::{FromRawFd, IntoRawFd};

pub(crate) const CONTESTANT: Contestant = Contestant::server("glommio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    executor()?.run(accept(listener, buffer_for(variant), || ()))
}

pub(crate) fn executor() -> Result<LocalExecutor> {
    let made = LocalExecutorBuilder::new(Placement::Unbound).make();
    Ok(made.map_err(|error| {
        format!("glommio does not start (it wants 512 KiB of locked memory, ulimit -l): {error}")
    })?)
}

pub(crate) async fn accept(
    listener: TcpListener,
    size: usize,
    opened: impl Fn(),
) -> Result<Infallible> {
    // SAFETY: the descriptor is a listening socket's, and nobody else has it from here on.
    let listener = unsafe { glommio::net::TcpListener::from_raw_fd(listener.into_raw_fd()) };
    loop {
        let stream = listener.accept().await.map_err(|error| error.to_string())?;
        opened();
        glommio::spawn_local(echo(stream, size)).detach();
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
