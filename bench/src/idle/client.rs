//! Clients that ask once.

#![forbid(unsafe_code)]

use crate::Result;
use crate::load::Expected;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How many loopback addresses the server is reached by: each has some 28,000 ports, and a closed connection holds its port for a minute.
const ADDRESSES: usize = 16;

/// How long a server that answers at all may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that waits, at most a while, for its answers.
pub(super) struct Client(TcpStream);

impl Client {
    /// The `index`-th client of a server that listens on all addresses.
    pub(super) fn connect(server: SocketAddr, index: usize) -> Result<Self> {
        let address = Ipv4Addr::new(127, 0, 0, 1 + (index % ADDRESSES) as u8);
        let stream = TcpStream::connect((address, server.port()))
            .map_err(|error| format!("client {index}: no connection: {error}"))?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    pub(super) fn ask(&mut self) -> Result<()> {
        Ok(self.0.write_all(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")?)
    }

    /// Waits for the answer and checks it.
    pub(super) fn answer(&mut self) -> Result<()> {
        if self.answer_within(PATIENCE)? {
            Ok(())
        } else {
            Err(format!("no answer within {PATIENCE:?}").into())
        }
    }

    /// True if the answer came in time.
    pub(super) fn answer_within(&mut self, patience: Duration) -> Result<bool> {
        self.0.set_read_timeout(Some(patience))?;
        let mut received = Vec::new();
        let mut part = [0; 1024];
        loop {
            match self.0.read(&mut part) {
                Ok(0) => return Err("the server closed an open connection".into()),
                Ok(n) => received.extend_from_slice(&part[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            if let Some(length) = Expected::default().first_of(&received)? {
                let exact = received.len() == length;
                return if exact {
                    Ok(true)
                } else {
                    Err("more than one answer to one request".into())
                };
            }
        }
    }
}

/// How many clients ask at the same time when many are opened.
const AT_ONCE: usize = 64;

/// Opens `count` clients, each of which asks once and is answered.
pub(super) fn open(server: SocketAddr, count: usize) -> Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(count);
    while clients.len() < count {
        let first = clients.len();
        for index in first..count.min(first + AT_ONCE) {
            clients.push(Client::connect(server, index)?);
        }
        ask_all(&mut clients[first..])?;
    }
    Ok(clients)
}

/// Each asks once and is answered.
pub(super) fn ask_all(clients: &mut [Client]) -> Result<()> {
    clients.iter_mut().try_for_each(Client::ask)?;
    clients.iter_mut().try_for_each(Client::answer)
}

/// Opens and closes `count` clients, a few at a time, each of which asks once and is answered.
pub(super) fn open_and_close(server: SocketAddr, count: usize) -> Result<()> {
    for first in (0..count).step_by(AT_ONCE) {
        let mut clients = Vec::with_capacity(AT_ONCE);
        for index in first..count.min(first + AT_ONCE) {
            // Neighbours on one address, so that all addresses are used alike.
            clients.push(Client::connect(server, index / AT_ONCE)?);
        }
        ask_all(&mut clients)?;
    }
    Ok(())
}
