//! may with one worker: a stackful coroutine per connection, as its own echo server does.
//!
//! Its listener can be had from a descriptor only. Covered by every run: a wrong one accepts nothing.

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use may::net::TcpStream;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::{FromRawFd, IntoRawFd};

pub(crate) const CONTESTANT: Contestant = Contestant::server("may", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    accept(listener, buffer_for(variant), || ())
}

pub(crate) fn accept(
    listener: TcpListener,
    size: usize,
    opened: impl Fn() + Send + 'static,
) -> Result<Infallible> {
    may::config().set_workers(1);
    // SAFETY: the descriptor is a listening socket's, and nobody else has it from here on.
    let listener = unsafe { may::net::TcpListener::from_raw_fd(listener.into_raw_fd()) };
    let accepting = may::go!(move || -> std::io::Result<Infallible> {
        loop {
            let (stream, _) = listener.accept()?;
            opened();
            may::go!(move || {
                // A client that goes away is no news.
                echo(stream, size).ok();
            });
        }
    });
    Ok(accepting
        .join()
        .map_err(|_| "the accepting coroutine panicked")??)
}

fn echo(mut stream: TcpStream, size: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..n])?;
    }
}
