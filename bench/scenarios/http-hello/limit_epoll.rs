//! The limit with readiness: epoll, level-triggered, one read and one write a turn for each connection that is ready, and
//! nothing else. What any server on epoll could cost at best.

#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::answers::{Answers, MOST};
use crate::kit::heads::Heads;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags};
use std::convert::Infallible;
use std::net::TcpListener;

struct Connection {
    socket: OwnedFd,
    heads: Heads,
    /// What the socket did not take; it is not read from until it has.
    unsent: Vec<u8>,
}

struct Loop {
    epoll: OwnedFd,
    listener: TcpListener,
    /// Out of descriptors: the listener is not watched until a connection closes.
    full: bool,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    answers: Answers,
    received: Vec<u8>,
}

pub(crate) const CONTESTANT: Contestant = Contestant::server("", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, data(&listener), EventFlags::IN)?;
    let received = vec![0; 16 * 1024];
    let mut this = Loop {
        epoll,
        listener,
        full: false,
        connections: Vec::new(),
        answers: Answers::new(),
        received,
    };
    let mut events = Vec::with_capacity(256);
    loop {
        match epoll::wait(&this.epoll, spare_capacity(&mut events), None) {
            Ok(_) | Err(Errno::INTR) => this.answers.set_date(),
            Err(error) => return Err(error.into()),
        }
        for event in events.drain(..) {
            let index = { event.data }.u64() as usize;
            if index == this.listener.as_raw_fd() as usize {
                this.accept()?;
            } else if !this.turn(index) {
                this.connections[index] = None;
                this.watch_again()?;
            }
        }
    }
}

impl Loop {
    fn accept(&mut self) -> Result<()> {
        let socket = match rustix::net::accept_with(
            &self.listener,
            SocketFlags::NONBLOCK | SocketFlags::CLOEXEC,
        ) {
            Ok(socket) => socket,
            Err(Errno::AGAIN | Errno::CONNABORTED) => return Ok(()),
            Err(Errno::MFILE | Errno::NFILE) => {
                eprintln!("no descriptor is left: no connection is accepted until one closes");
                self.full = true;
                return Ok(epoll::delete(&self.epoll, &self.listener)?);
            }
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
            unsent: Vec::new(),
        });
        Ok(())
    }

    fn watch_again(&mut self) -> Result<()> {
        if self.full {
            self.full = false;
            epoll::add(
                &self.epoll,
                &self.listener,
                data(&self.listener),
                EventFlags::IN,
            )?;
        }
        Ok(())
    }

    /// Reads and answers once; false when the connection has ended.
    fn turn(&mut self, index: usize) -> bool {
        let connection = self.connections[index]
            .as_mut()
            .expect("events come from open connections");
        if !connection.unsent.is_empty() {
            return connection.send_rest(&self.epoll).is_ok();
        }
        let n = match rustix::net::recv(&connection.socket, &mut *self.received, RecvFlags::empty())
        {
            Ok((0, _)) => return false,
            Ok((n, _)) => n,
            Err(error) => return error == Errno::AGAIN,
        };
        let owed = connection.heads.ending_in(&self.received[..n]);
        connection.send(owed, &self.answers, &self.epoll).is_ok()
    }
}

impl Connection {
    fn send(&mut self, mut owed: usize, answers: &Answers, epoll: &OwnedFd) -> Result<(), Errno> {
        while owed > 0 {
            let bytes = answers.bytes(owed.min(MOST));
            owed -= owed.min(MOST);
            let sent = if self.unsent.is_empty() {
                send(&self.socket, bytes)?
            } else {
                0
            };
            self.unsent.extend_from_slice(&bytes[sent..]);
        }
        if !self.unsent.is_empty() {
            epoll::modify(epoll, &self.socket, data(&self.socket), EventFlags::OUT)?;
        }
        Ok(())
    }

    fn send_rest(&mut self, epoll: &OwnedFd) -> Result<(), Errno> {
        let sent = send(&self.socket, &self.unsent)?;
        self.unsent.drain(..sent);
        if self.unsent.is_empty() {
            self.unsent = Vec::new();
            epoll::modify(epoll, &self.socket, data(&self.socket), EventFlags::IN)?;
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
