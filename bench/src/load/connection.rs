//! One keep-alive connection of the load.

#![forbid(unsafe_code)]

use super::answer::{Expected, Found, Wanted};
use super::connect;
use crate::Result;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

/// A connection, the batch of requests that it sends, and the answers that it waits for.
pub(crate) struct Connection {
    stream: TcpStream,
    batch: Vec<u8>,
    depth: usize,
    in_flight: usize,
    asked: Instant,
    expected: Expected,
    /// The start of an answer whose rest has not come yet.
    partial: Vec<u8>,
}

impl Connection {
    /// Opens it, with `depth` requests to a batch.
    pub(crate) fn open(address: SocketAddr, depth: usize, wanted: &Arc<Wanted>) -> Result<Self> {
        let stream =
            connect(address).map_err(|error| format!("no connection to {address}: {error}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let target = &wanted.target;
        let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        Ok(Self {
            stream,
            batch: request.repeat(depth).into_bytes(),
            depth,
            in_flight: 0,
            asked: Instant::now(),
            expected: Expected::new(Arc::clone(wanted)),
            partial: Vec::new(),
        })
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// How many answers it waits for.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How long ago the batch was sent, in nanoseconds.
    pub(crate) fn waited(&self, now: Instant) -> u64 {
        (now - self.asked).as_nanos() as u64
    }

    /// Sends a batch, and gives the number of requests in it. Everything before was answered, so the socket has room.
    pub(crate) fn ask(&mut self, now: Instant) -> Result<u64> {
        assert_eq!(self.in_flight, 0, "a batch waits for the one before");
        let sent = self.stream.write(&self.batch)?;
        if sent < self.batch.len() {
            return Err(format!(
                "the socket took {sent} of a batch's {} bytes",
                self.batch.len()
            )
            .into());
        }
        self.in_flight = self.depth;
        self.asked = now;
        Ok(self.depth as u64)
    }

    /// Reads once and checks the answers that came.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Result<()> {
        let n = match self.stream.read(buffer) {
            Ok(0) => {
                return Err(format!(
                    "the server closed a connection with {} requests in flight",
                    self.in_flight
                )
                .into());
            }
            Ok(n) => n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if self.partial.is_empty() {
            let used = self.check(&buffer[..n])?;
            self.partial.extend_from_slice(&buffer[used..n]);
        } else {
            let mut all = std::mem::take(&mut self.partial);
            all.extend_from_slice(&buffer[..n]);
            let used = self.check(&all)?;
            all.drain(..used);
            self.partial = all;
        }
        Ok(())
    }

    /// Checks what can be judged of `bytes`, and gives how many bytes that is.
    fn check(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut used = 0;
        while used < bytes.len() {
            match self.expected.next_of(&bytes[used..])? {
                Found::Whole(length) => used += length,
                Found::Part(length) => {
                    used += length;
                    continue;
                }
                Found::Little => break,
            }
            self.in_flight = self
                .in_flight
                .checked_sub(1)
                .ok_or("an answer that nobody asked for")?;
        }
        Ok(used)
    }
}
