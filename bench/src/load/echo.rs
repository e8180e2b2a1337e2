//! The load of an echo, closed loop: each connection sends a message, checks that the very same bytes come back, and sends the
//! next. It never sleeps, so that servers do not pay for waking it.
//!
//! No two messages are alike: every eight bytes of one are a number made of the connection's, the message's and their place.

#![forbid(unsafe_code)]

use super::{Report, STALL, Until};
use crate::Result;
use crate::harness::thread_cpu;
use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a server may refuse connections at its start.
const REFUSED: Duration = Duration::from_secs(2);

/// Connects, with no delay of small messages.
pub(super) fn connect(address: SocketAddr) -> Result<TcpStream> {
    let began = Instant::now();
    let stream = loop {
        match TcpStream::connect(address) {
            Err(error)
                if error.kind() == ErrorKind::ConnectionRefused && began.elapsed() < REFUSED =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(format!("no connection to {address}: {error}").into()),
            Ok(stream) => break stream,
        }
    };
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// The messages of a connection, one after the other.
#[derive(Clone)]
pub(super) struct Messages {
    current: Vec<u8>,
}

/// From one number to the next within a message, and from one message to the next: odd, so that no number comes again.
const PLACE: u64 = 0x9e37_79b9_7f4a_7c15;
const MESSAGE: u64 = 0xd134_2543_de82_ef95;

impl Messages {
    /// The first of a connection, with so many bytes: a multiple of eight.
    pub(super) fn new(connection: u64, length: usize) -> Self {
        assert!(length.is_multiple_of(8) && length > 0);
        let first = connection << 48;
        let numbers =
            (0..length as u64 / 8).map(|place| first.wrapping_add(place.wrapping_mul(PLACE)));
        Self {
            current: numbers.flat_map(u64::to_le_bytes).collect(),
        }
    }

    pub(super) fn current(&self) -> &[u8] {
        &self.current
    }

    pub(super) fn advance(&mut self) {
        let (numbers, _) = self.current.as_chunks_mut::<8>();
        for number in numbers {
            *number = u64::from_le_bytes(*number)
                .wrapping_add(MESSAGE)
                .to_le_bytes();
        }
    }
}

/// Where bytes are not what was sent.
pub(super) fn wrong_echo(expected: &[u8], got: &[u8]) -> String {
    let place = expected
        .iter()
        .zip(got)
        .position(|(one, other)| one != other)
        .unwrap_or(0);
    format!(
        "not the bytes that were sent: {:02x?} and not {:02x?}",
        &got[place..got.len().min(place + 8)],
        &expected[place..expected.len().min(place + 8)]
    )
}

/// Reads what there is; `None` if there is nothing.
pub(super) fn receive<'a>(
    mut stream: &TcpStream,
    buffer: &'a mut [u8],
) -> Result<Option<&'a [u8]>> {
    match stream.read(buffer) {
        Ok(0) => Err("the server closed a connection".into()),
        Ok(n) => Ok(Some(&buffer[..n])),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error.into()),
    }
}

struct Connection {
    stream: TcpStream,
    messages: Messages,
    sent: usize,
    received: usize,
    began: Instant,
    /// Whether epoll also tells when there is room to send.
    wants_room: bool,
}

impl Connection {
    fn new(address: SocketAddr, index: u64, length: usize) -> Result<Self> {
        Ok(Self {
            stream: connect(address)?,
            messages: Messages::new(index, length),
            sent: length,
            received: length,
            began: Instant::now(),
            wants_room: false,
        })
    }

    fn is_done(&self) -> bool {
        self.received == self.messages.current().len()
    }

    /// Begins the next message.
    fn next(&mut self, now: Instant) -> io::Result<()> {
        self.messages.advance();
        (self.sent, self.received, self.began) = (0, 0, now);
        self.send()
    }

    /// Sends what the socket takes of the rest.
    fn send(&mut self) -> io::Result<()> {
        let rest = &self.messages.current()[self.sent..];
        match self.stream.write(rest) {
            Ok(n) => self.sent += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => (),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<()> {
        let Some(got) = receive(&self.stream, buffer)? else {
            return Ok(());
        };
        let expected = &self.messages.current()[self.received..self.sent];
        if !expected.starts_with(got) {
            return Err(wrong_echo(expected, got).into());
        }
        self.received += got.len();
        Ok(())
    }
}

/// Connections that are open and idle between two runs.
pub(crate) struct EchoLoad {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    received: Vec<u8>,
}

impl EchoLoad {
    /// Opens connections for messages of so many bytes.
    pub(crate) fn connect(address: SocketAddr, connections: usize, length: usize) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut open = Vec::with_capacity(connections);
        for index in 0..connections as u64 {
            let connection = Connection::new(address, index, length)?;
            let data = epoll::EventData::new_u64(index);
            epoll::add(&epoll, &connection.stream, data, epoll::EventFlags::IN)?;
            open.push(connection);
        }
        let received = vec![0; length.clamp(4096, 256 * 1024)];
        Ok(Self {
            epoll,
            connections: open,
            received,
        })
    }

    /// Sends messages on every connection until `until`, and waits for all the echoes.
    ///
    /// # Errors
    ///
    /// At the first wrong byte, closed connection or stall.
    pub(crate) fn run(&mut self, until: Until) -> Result<Report> {
        let (began, cpu) = (Instant::now(), thread_cpu());
        let mut requests = 0;
        for index in 0..self.connections.len() {
            self.next(index, Instant::now())?;
            requests += 1;
        }
        let mut busy = self.connections.len();
        let mut events = Vec::with_capacity(busy);
        let (mut now, mut last_echo) = (began, began);
        let (mut at_work, mut latencies) = (Duration::ZERO, Histogram::new(3)?);
        while busy > 0 {
            poll(&self.epoll, &mut events)?;
            now = Instant::now();
            if events.is_empty() {
                if now - last_echo > STALL {
                    return Err(format!("no echo for {STALL:?}; {busy} connections wait").into());
                }
                continue;
            }
            for event in events.drain(..) {
                let index = usize::try_from({ event.data }.u64())?;
                if !self.turn(index, event.flags)? {
                    continue;
                }
                let answered = Instant::now();
                latencies.record((answered - self.connections[index].began).as_nanos() as u64)?;
                let more = match until {
                    Until::Elapsed(limit) => now - began < limit,
                    Until::Requests(limit) => requests < limit,
                };
                if more {
                    self.next(index, answered)?;
                    requests += 1;
                } else {
                    busy -= 1;
                }
            }
            last_echo = Instant::now();
            at_work += last_echo - now;
        }
        let (elapsed, cpu) = (now - began, thread_cpu() - cpu);
        Ok(Report {
            requests,
            elapsed,
            cpu,
            at_work,
            latencies,
        })
    }

    fn next(&mut self, index: usize, now: Instant) -> Result<()> {
        self.connections[index].next(now)?;
        self.watch(index)
    }

    /// Sends and receives once; whether the echo is whole.
    fn turn(&mut self, index: usize, flags: epoll::EventFlags) -> Result<bool> {
        let connection = &mut self.connections[index];
        if flags.intersects(epoll::EventFlags::OUT) {
            connection.send()?;
        }
        if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR)
        {
            connection.receive(&mut self.received)?;
        }
        let is_done = connection.is_done();
        self.watch(index)?;
        Ok(is_done)
    }

    /// Has epoll look for room exactly while there is something to send.
    fn watch(&mut self, index: usize) -> Result<()> {
        let connection = &mut self.connections[index];
        let wants_room = connection.sent < connection.messages.current().len();
        if wants_room != connection.wants_room {
            connection.wants_room = wants_room;
            let mut flags = epoll::EventFlags::IN;
            flags.set(epoll::EventFlags::OUT, wants_room);
            let data = epoll::EventData::new_u64(index as u64);
            epoll::modify(&self.epoll, &connection.stream, data, flags)?;
        }
        Ok(())
    }
}

/// What is ready now, without sleeping.
pub(super) fn poll(epoll: &OwnedFd, events: &mut Vec<epoll::Event>) -> Result<()> {
    match epoll::wait(epoll, spare_capacity(events), Some(&Timespec::default())) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Echoes one connection, but for the bytes that `change` changes.
    fn server(change: impl Fn(usize, &mut [u8]) + Send + 'static) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let (mut buffer, mut place) = (vec![0; 65536], 0);
            while let Ok(n @ 1..) = stream.read(&mut buffer) {
                change(place, &mut buffer[..n]);
                place += n;
                if stream.write_all(&buffer[..n]).is_err() {
                    break;
                }
            }
        });
        address
    }

    #[test]
    fn every_message_is_echoed_and_counted() {
        for length in [64, 1 << 20] {
            let mut load = EchoLoad::connect(server(|_, _| ()), 1, length).expect("it listens");
            let report = load.run(Until::Requests(20)).expect("the right bytes");
            assert_eq!((report.requests, report.latencies.len()), (20, 20));
        }
    }

    #[test]
    fn one_wrong_bit_is_found() {
        let address = server(|place, bytes| {
            if let Some(byte) = (3 * 64 + 17_usize)
                .checked_sub(place)
                .and_then(|at| bytes.get_mut(at))
            {
                *byte ^= 1;
            }
        });
        let mut load = EchoLoad::connect(address, 1, 64).expect("it listens");
        let error = load.run(Until::Requests(20)).err().expect("wrong bytes");
        assert!(error.to_string().starts_with("not the bytes"), "{error}");
    }

    #[test]
    fn no_message_is_like_another() {
        let mut seen = std::collections::HashSet::new();
        for connection in 0..10 {
            let mut messages = Messages::new(connection, 64);
            for _ in 0..100 {
                assert!(
                    messages
                        .current()
                        .as_chunks::<8>()
                        .0
                        .iter()
                        .all(|number| seen.insert(*number))
                );
                messages.advance();
            }
        }
    }
}
