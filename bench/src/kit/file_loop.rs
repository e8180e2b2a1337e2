//! A server of one file without a runtime, for the limits: epoll, a head written by hand, the file opened once. How its bytes get into the
//! socket is what the limits differ in.
#![forbid(unsafe_code)]

use super::files;
use super::heads::Heads;
use crate::Result;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SocketFlags};
use rustix::time::{ClockId, clock_gettime};
use std::convert::Infallible;
use std::fs::File;
use std::net::TcpListener;
use std::time::{Duration, UNIX_EPOCH};

/// Sends once what fits of an answer: `head` is what is left of its head, and the file follows from `offset`. Gives how many bytes
/// were sent, or `AGAIN`.
pub(crate) type Send<'a> = dyn FnMut(&OwnedFd, &[u8], &File, u64) -> Result<usize, Errno> + 'a;

struct Connection {
    socket: OwnedFd,
    heads: Heads,
    /// Answers not sent yet, with the one that is being sent.
    owed: usize,
    /// That one's head, and how much of the answer was sent.
    head: Vec<u8>,
    sent: usize,
    /// Waits for room in the socket, and is not read from until there is.
    blocked: bool,
}

struct Loop<'a> {
    epoll: OwnedFd,
    listener: TcpListener,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    head: Head,
    file: File,
    length: usize,
    received: Vec<u8>,
    send: &'a mut Send<'a>,
}

/// Serves the variant's file.
pub(crate) fn serve<'a>(
    listener: TcpListener,
    variant: &str,
    send: &'a mut Send<'a>,
) -> Result<Infallible> {
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, data(&listener), EventFlags::IN)?;
    let shape = files::shape(variant)?;
    let mut this = Loop {
        epoll,
        listener,
        connections: Vec::new(),
        head: Head::new(shape.length),
        file: File::open(files::folder()?.join(shape.name))?,
        length: shape.length,
        received: vec![0; 16 * 1024],
        send,
    };
    let mut events = Vec::with_capacity(256);
    loop {
        match epoll::wait(&this.epoll, spare_capacity(&mut events), None) {
            Ok(_) | Err(Errno::INTR) => this.head.set_date(),
            Err(error) => return Err(error.into()),
        }
        for event in events.drain(..) {
            let index = { event.data }.u64() as usize;
            if index == this.listener.as_raw_fd() as usize {
                this.accept()?;
            } else if this.turn(index).is_err() {
                this.connections[index] = None;
            }
        }
    }
}

impl Loop<'_> {
    fn accept(&mut self) -> Result<()> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = match rustix::net::accept_with(&self.listener, flags) {
            Ok(socket) => socket,
            Err(Errno::AGAIN | Errno::CONNABORTED) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        epoll::add(&self.epoll, &socket, data(&socket), EventFlags::IN)?;
        let index = socket.as_raw_fd() as usize;
        if index >= self.connections.len() {
            self.connections.resize_with(index + 1, || None);
        }
        self.connections[index] = Some(Connection {
            socket,
            heads: Heads::default(),
            owed: 0,
            head: Vec::new(),
            sent: 0,
            blocked: false,
        });
        Ok(())
    }

    /// Reads unless the socket is full, and sends; an error when the connection has ended.
    fn turn(&mut self, index: usize) -> Result<(), Errno> {
        let connection = self.connections[index]
            .as_mut()
            .expect("events come from open connections");
        if !connection.blocked {
            let received = &mut *self.received;
            match rustix::net::recv(&connection.socket, received, RecvFlags::empty()) {
                Ok((0, _)) => return Err(Errno::PIPE),
                Ok((n, _)) => connection.owed += connection.heads.ending_in(&self.received[..n]),
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        let blocked = match connection.send(&self.head, &self.file, self.length, self.send) {
            Err(Errno::AGAIN) => true,
            done => done.map(|()| false)?,
        };
        if blocked != connection.blocked {
            connection.blocked = blocked;
            let interest = if blocked {
                EventFlags::OUT
            } else {
                EventFlags::IN
            };
            let socket = &connection.socket;
            epoll::modify(&self.epoll, socket, data(socket), interest)?;
        }
        Ok(())
    }
}

impl Connection {
    /// Sends all that is owed; `AGAIN` if the socket is full.
    fn send(
        &mut self,
        head: &Head,
        file: &File,
        length: usize,
        send: &mut Send<'_>,
    ) -> Result<(), Errno> {
        while self.owed > 0 {
            if self.sent == 0 {
                self.head.clone_from(&head.bytes);
            }
            while self.sent < self.head.len() + length {
                let rest = self.head.get(self.sent..).unwrap_or_default();
                let offset = self.sent.saturating_sub(self.head.len()) as u64;
                match send(&self.socket, rest, file, offset)? {
                    0 => return Err(Errno::IO), // the file has shrunk
                    n => self.sent += n,
                }
            }
            self.sent = 0;
            self.owed -= 1;
        }
        Ok(())
    }
}

/// A head with the current date.
struct Head {
    length: usize,
    bytes: Vec<u8>,
    second: i64,
}

impl Head {
    /// For a file of this length.
    fn new(length: usize) -> Self {
        let mut head = Self {
            length,
            bytes: Vec::new(),
            second: -1,
        };
        head.set_date();
        head
    }

    /// Brings the date up to now: once a turn.
    fn set_date(&mut self) {
        let second = clock_gettime(ClockId::RealtimeCoarse).tv_sec;
        if second == self.second {
            return;
        }
        let now = UNIX_EPOCH + Duration::from_secs(second.unsigned_abs());
        let (date, length) = (httpdate::fmt_http_date(now), self.length);
        let content_type = files::CONTENT_TYPE;
        self.second = second;
        self.bytes = format!(
            "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
    }
}

fn data(descriptor: &impl AsRawFd) -> EventData {
    EventData::new_u64(descriptor.as_raw_fd().unsigned_abs().into())
}
