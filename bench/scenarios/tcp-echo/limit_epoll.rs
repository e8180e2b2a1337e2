//! The limit with readiness: epoll, level-triggered, one read and one write a turn for each connection that is ready, and
//! nothing else. What any echo on epoll could cost at best.
#![forbid(unsafe_code)]

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags};
use std::convert::Infallible;
use std::net::TcpListener;
use std::ops::Range;

pub(crate) const CONTESTANT: Contestant = Contestant::server("", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    accept(listener, buffer_for(variant), || ())
}

struct Connection {
    socket: OwnedFd,
    /// What the socket did not take; nothing is read until it has.
    unsent: Option<Unsent>,
}

/// A buffer and the part of it that is still to be sent.
struct Unsent {
    buffer: Vec<u8>,
    part: Range<usize>,
}

struct Loop {
    epoll: OwnedFd,
    listener: TcpListener,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    /// What all receive into.
    buffer: Vec<u8>,
    /// Others that are free.
    spare: Vec<Vec<u8>>,
}

pub(crate) fn accept(listener: TcpListener, size: usize, opened: impl Fn()) -> Result<Infallible> {
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, data(&listener), EventFlags::IN)?;
    let mut this = Loop {
        epoll,
        listener,
        connections: Vec::new(),
        buffer: vec![0; size],
        spare: Vec::new(),
    };
    let mut events = Vec::with_capacity(256);
    loop {
        match epoll::wait(&this.epoll, spare_capacity(&mut events), None) {
            Ok(_) | Err(Errno::INTR) => (),
            Err(error) => return Err(error.into()),
        }
        for event in events.drain(..) {
            let index = { event.data }.u64() as usize;
            if index == this.listener.as_raw_fd() as usize {
                this.accept(&opened)?;
            } else if !this.turn(index) {
                this.connections[index] = None;
            }
        }
    }
}

impl Loop {
    fn accept(&mut self, opened: &impl Fn()) -> Result<()> {
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
        opened();
        let unsent = None;
        self.connections[index] = Some(Connection { socket, unsent });
        Ok(())
    }

    /// Reads and answers once; false when the connection has ended.
    fn turn(&mut self, index: usize) -> bool {
        let connection = self.connections[index]
            .as_mut()
            .expect("events come from open connections");
        let result = match connection.unsent.take() {
            Some(unsent) => self.send_rest(index, unsent),
            None => self.echo(index),
        };
        result.is_ok()
    }

    fn echo(&mut self, index: usize) -> Result<(), Errno> {
        let connection = self.connections[index].as_mut().expect("it is open");
        let n = match rustix::net::recv(&connection.socket, &mut *self.buffer, RecvFlags::empty()) {
            Ok((0, _)) => return Err(Errno::PIPE),
            Ok((n, _)) => n,
            Err(Errno::AGAIN) => return Ok(()),
            Err(error) => return Err(error),
        };
        let sent = send(&connection.socket, &self.buffer[..n])?;
        if sent < n {
            // The buffer stays with the connection, so that nothing is copied.
            let size = self.buffer.len();
            let other = self.spare.pop().unwrap_or_else(|| vec![0; size]);
            let buffer = std::mem::replace(&mut self.buffer, other);
            connection.unsent = Some(Unsent {
                buffer,
                part: sent..n,
            });
            let socket = &connection.socket;
            epoll::modify(&self.epoll, socket, data(socket), EventFlags::OUT)?;
        }
        Ok(())
    }

    fn send_rest(&mut self, index: usize, mut unsent: Unsent) -> Result<(), Errno> {
        let connection = self.connections[index].as_mut().expect("it is open");
        unsent.part.start += send(&connection.socket, &unsent.buffer[unsent.part.clone()])?;
        if unsent.part.is_empty() {
            self.spare.push(unsent.buffer);
            let socket = &connection.socket;
            epoll::modify(&self.epoll, socket, data(socket), EventFlags::IN)?;
        } else {
            connection.unsent = Some(unsent);
        }
        Ok(())
    }
}

fn send(socket: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno> {
    match rustix::net::send(socket, bytes, SendFlags::NOSIGNAL) {
        Err(Errno::AGAIN) => Ok(0),
        sent => sent,
    }
}

fn data(descriptor: &impl AsRawFd) -> EventData {
    EventData::new_u64(descriptor.as_raw_fd().unsigned_abs().into())
}
