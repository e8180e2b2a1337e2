//! A crowd: thousands of clients, each of which asks once and then stays or goes.
//!
//! A server that listens on all addresses is reached by several loopback addresses, since each has only some 28,000 ports, and
//! a connection that its client closed in the ordinary way holds its port for a minute. One that is reset holds nothing: that is how clients go
//! where going is not what is looked at.
#![forbid(unsafe_code)]

use super::{Expected, Wanted, connect};
use crate::Result;
use crate::harness::Process;
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

/// How many loopback addresses the server is reached by.
const ADDRESSES: usize = 16;

/// How long a server that answers at all may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many clients ask at the same time when many are opened.
const AT_ONCE: usize = 64;

/// How a client goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Close {
    /// In the ordinary way.
    Finish,
    /// With a reset, which leaves nothing behind in the kernel.
    Reset,
}

/// A connection that waits, at most a while, for its answers.
pub(crate) struct Client(TcpStream);

impl Client {
    /// The `index`-th client of a server that listens on all addresses.
    pub(crate) fn connect(server: SocketAddr, index: usize, close: Close) -> Result<Self> {
        let address = Ipv4Addr::new(127, 0, 0, 1 + (index % ADDRESSES) as u8);
        let stream = connect((address, server.port()).into())
            .map_err(|error| format!("client {index}: no connection: {error}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        if close == Close::Reset {
            set_socket_linger(&stream, Some(Duration::ZERO))?;
        }
        Ok(Self(stream))
    }

    pub(crate) fn ask(&mut self) -> Result<()> {
        Ok(self.0.write_all(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")?)
    }

    /// Waits for the answer and checks it.
    pub(crate) fn answer(&mut self) -> Result<()> {
        if self.wait()? {
            Ok(())
        } else {
            Err(format!("no answer within {PATIENCE:?}").into())
        }
    }

    /// True if the answer came in time.
    pub(crate) fn is_answered_within(&mut self, patience: Duration) -> Result<bool> {
        self.0.set_read_timeout(Some(patience))?;
        let answered = self.wait();
        self.0.set_read_timeout(Some(PATIENCE))?;
        answered
    }

    fn wait(&mut self) -> Result<bool> {
        let mut expected = Expected::new(Wanted::hello());
        let (mut part, mut filled) = ([0; 4096], 0);
        loop {
            match self.0.read(&mut part[filled..]) {
                Ok(0) => return Err("the server closed an open connection".into()),
                Ok(n) => filled += n,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                // A signal, such as when the machine is halted for a while, interrupts a read with a time limit.
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            }
            match expected.first_of(&part[..filled])? {
                None => (),
                Some(length) if length == filled => return Ok(true),
                Some(_) => return Err("more than one answer to one request".into()),
            }
        }
    }
}

/// Opens `count` clients, each of which asks once and is answered. They go with a reset.
pub(crate) fn open(server: SocketAddr, count: usize) -> Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(count);
    while clients.len() < count {
        let first = clients.len();
        for index in first..count.min(first + AT_ONCE) {
            clients.push(Client::connect(server, index, Close::Reset)?);
        }
        ask_all(&mut clients[first..])?;
    }
    Ok(clients)
}

/// Each asks once and is answered.
pub(crate) fn ask_all(clients: &mut [Client]) -> Result<()> {
    for some in clients.chunks_mut(AT_ONCE) {
        some.iter_mut().try_for_each(Client::ask)?;
        some.iter_mut().try_for_each(Client::answer)?;
    }
    Ok(())
}

/// Opens and closes `count` clients, a few at a time, each of which asks once and is answered.
pub(crate) fn open_and_close(server: SocketAddr, count: usize, close: Close) -> Result<()> {
    for first in (0..count).step_by(AT_ONCE) {
        let mut clients = Vec::with_capacity(AT_ONCE);
        for index in first..count.min(first + AT_ONCE) {
            // Neighbours on one address, so that all addresses are used alike.
            clients.push(Client::connect(server, index / AT_ONCE, close)?);
        }
        ask_all(&mut clients)?;
    }
    Ok(())
}

/// The number of the server's open descriptors, once it has stopped falling: closes reach the server after the client.
pub(crate) fn settled(server: &Process) -> Result<usize> {
    let mut last = server.descriptors()?;
    loop {
        thread::sleep(Duration::from_millis(100));
        let now = server.descriptors()?;
        if now >= last {
            return Ok(now);
        }
        last = now;
    }
}

/// Lets this process open as many descriptors as it may, and says how many they are.
///
/// # Errors
///
/// If the system refuses.
pub(crate) fn allow_descriptors() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    )?;
    // Without a limit there is still the kernel's: a million, unless it was changed.
    Ok(limit.maximum.unwrap_or(1 << 20))
}
