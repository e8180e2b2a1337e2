//! One keep-alive connection of the load.

#![forbid(unsafe_code)]

use super::answer::Expected;
use crate::Result;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection, the batch of requests that it sends, and the answers that it waits for.
pub(crate) struct Connection {
    stream: TcpStream,
    batch: Vec<u8>,
    depth: usize,
    in_flight: usize,
    expected: Expected,
    /// The start of an answer whose rest has not come yet.
    partial: Vec<u8>,
}

impl Connection {
    /// Opens it, with `depth` requests to a batch.
    pub(crate) fn open(address: SocketAddr, depth: usize) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .map_err(|error| format!("no connection to {address}: {error}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n");
        Ok(Self {
            stream,
            batch: request.repeat(depth).into_bytes(),
            depth,
            in_flight: 0,
            expected: Expected::default(),
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

    /// Sends a batch, and gives the number of requests in it. Everything before was answered, so the socket has room.
    pub(crate) fn ask(&mut self) -> Result<u64> {
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

    /// Checks the whole answers at the start of `bytes`, and gives how many bytes they have.
    fn check(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut used = 0;
        while used < bytes.len() {
            let Some(length) = self.expected.first_of(&bytes[used..])? else {
                break;
            };
            used += length;
            self.in_flight = self
                .in_flight
                .checked_sub(1)
                .ok_or("an answer that nobody asked for")?;
        }
        Ok(used)
    }
}
