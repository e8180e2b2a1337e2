//! The limit with completions: a ring, multishot accept, multishot receive into a ring of buffers, and a send straight from the
//! buffer that was received into. What any echo on a ring could cost at best.
//!
//! Sends are silent: with `MSG_DONTWAIT | MSG_WAITALL` and `CQE_SKIP_SUCCESS` the kernel finishes them inside the call that submits
//! them, and only one that was cut short or refused posts a completion, in the same call. So
//!
//! Descriptors stay open while an operation names them: a connection is closed only when its receive has ended and no send is in flight. And
//! invariant *done*: when every completion of a call has been taken, and none waits because the completion queue was full, no silent
//! send is in flight, and its buffer and its descriptor are free.
//!
//! ```text
//!   a connection's buffers:   received -> waiting -> the front is sent, silently -> given back
//!                                                        | cut short
//!                                                        +-> its rest by an ordinary send -> given back
//! ```
//!
//! Covered by the load's check of every byte and by `tests::a_client_that_reads_late`.

use super::scenario::buffer_for;
use crate::Result;
use crate::contestant::Contestant;
use crate::kit::buffer_ring::BufferRing;
use crate::kit::ring::{Ring, errno};
use io_uring::cqueue;
use rustix::fd::{AsRawFd, FromRawFd, OwnedFd};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::mem::take;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("", serve);

const ACCEPT: u64 = 0;
const RECEIVE: u64 = 1;
const SEND: u64 = 2;

/// What is happening to the first of the buffers that wait.
#[derive(PartialEq)]
enum Front {
    Waits,
    /// In the kernel until this turn's completions are taken.
    Silent,
    /// Was not sent whole.
    CutShort,
    /// In the kernel until its completion.
    Rest,
}

struct Connection {
    socket: OwnedFd,
    /// Buffers to be echoed, with the number of bytes in each.
    waiting: VecDeque<(u16, usize)>,
    front: Front,
    /// Bytes of the front that are sent.
    sent: usize,
    /// The receive has ended: to be closed once nothing waits.
    ended: bool,
    /// In the list of those that this turn must look at.
    listed: bool,
}

struct Loop {
    ring: Ring,
    buffers: BufferRing,
    listener: TcpListener,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    listed: Vec<u32>,
    /// Those with a silent send in this turn.
    silent: Vec<u32>,
    /// Those whose receive found no buffer.
    starved: Vec<u32>,
    /// Buffers were given back since the starved ones tried.
    freed: bool,
    /// When this turn's silent sends are through, which no completion tells, there is more to do.
    more: bool,
}

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let ring = Ring::new()?;
    let size = buffer_for(variant);
    let buffers = match size {
        0..=4096 => BufferRing::register(&ring.submitter())?,
        // Few, so that they stay in the core's cache.
        _ => BufferRing::register_sized(&ring.submitter(), 8, size)?,
    };
    let mut this = Loop {
        ring,
        buffers,
        listener,
        connections: Vec::new(),
        listed: Vec::new(),
        silent: Vec::new(),
        starved: Vec::new(),
        freed: false,
        more: false,
    };
    this.ring.arm_accept(&this.listener, ACCEPT)?;
    loop {
        this.turn()?;
    }
}

impl Loop {
    fn turn(&mut self) -> Result<()> {
        let more = take(&mut self.more) || !(self.starved.is_empty() || self.silent.is_empty());
        let wanted = usize::from(!more);
        self.ring.submit_and_wait(wanted)?;
        self.take_completions()?;
        while self.ring.has_more()? {
            self.take_completions()?;
        }
        let mut silent = take(&mut self.silent);
        for index in silent.drain(..) {
            let connection = self.connection(index);
            // By *done* the kernel has let go of it, and no completion has said that it was cut short.
            if connection.front == Front::Silent {
                self.front_is_sent(index);
            }
        }
        self.silent = silent;
        self.buffers.publish();
        if !self.starved.is_empty() && take(&mut self.freed) {
            for index in take(&mut self.starved) {
                self.arm_receive(index)?;
            }
        }
        let mut listed = take(&mut self.listed);
        for index in listed.drain(..) {
            self.send(index)?;
        }
        // Nothing is lost: `send` lists nothing.
        self.listed = listed;
        Ok(())
    }

    fn take_completions(&mut self) -> Result<()> {
        while let Some(completion) = self.ring.next_completion() {
            let index = (completion.user_data() >> 2) as u32;
            match completion.user_data() & 3 {
                ACCEPT => self.accepted(&completion)?,
                RECEIVE => self.received(index, &completion)?,
                _ => self.sent(index, completion.result()),
            }
        }
        Ok(())
    }

    fn accepted(&mut self, completion: &cqueue::Entry) -> Result<()> {
        if let Ok(descriptor) = u32::try_from(completion.result()) {
            // SAFETY: the kernel has just opened this descriptor for us, and nobody else knows it.
            let socket = unsafe { OwnedFd::from_raw_fd(completion.result()) };
            let place = descriptor as usize;
            if place >= self.connections.len() {
                self.connections.resize_with(place + 1, || None);
            }
            self.connections[place] = Some(Connection::new(socket));
            self.arm_receive(descriptor)?;
        }
        if cqueue::more(completion.flags()) {
            Ok(())
        } else {
            self.ring.arm_accept(&self.listener, ACCEPT)
        }
    }

    fn received(&mut self, index: u32, completion: &cqueue::Entry) -> Result<()> {
        let result = completion.result();
        if let Some(buffer) = cqueue::buffer_select(completion.flags()) {
            match usize::try_from(result) {
                Ok(length @ 1..) => self.connection(index).waiting.push_back((buffer, length)),
                _ => self.buffers.give_back(buffer),
            }
            self.list(index);
        }
        if cqueue::more(completion.flags()) {
            return Ok(());
        }
        if result > 0 {
            return self.arm_receive(index);
        }
        if result < 0 && errno(result) == Errno::NOBUFS {
            self.starved.push(index);
        } else {
            self.connection(index).ended = true;
            self.list(index);
        }
        Ok(())
    }

    /// A silent send was cut short, or a rest is through.
    fn sent(&mut self, index: u32, result: i32) {
        let connection = self.connection(index);
        connection.front = Front::CutShort;
        match usize::try_from(result) {
            Ok(sent) => connection.sent += sent,
            Err(_) if errno(result) == Errno::AGAIN => (),
            // The receive says so too and ends the connection.
            Err(_) => {
                connection.sent = 0;
                for (buffer, _) in take(&mut connection.waiting) {
                    self.buffers.give_back(buffer);
                }
                self.freed = true;
            }
        }
        let connection = self.connection(index);
        let whole = connection
            .waiting
            .front()
            .is_some_and(|(_, length)| *length == connection.sent);
        if whole {
            self.front_is_sent(index);
        } else {
            self.list(index);
        }
    }

    fn front_is_sent(&mut self, index: u32) {
        let connection = self.connection(index);
        (connection.front, connection.sent) = (Front::Waits, 0);
        let (buffer, _) = connection.waiting.pop_front().expect("it was sent");
        let look_again = connection.ended || !connection.waiting.is_empty();
        self.buffers.give_back(buffer);
        self.freed = true;
        if look_again {
            self.list(index);
        }
    }

    /// What this turn sends on a connection; or closes it.
    fn send(&mut self, index: u32) -> Result<()> {
        let connection = self.connections[index as usize]
            .as_mut()
            .expect("listed ones are open");
        connection.listed = false;
        let is_rest = match connection.front {
            Front::Waits => false,
            Front::CutShort => true,
            Front::Silent | Front::Rest => return Ok(()),
        };
        let Some(&(buffer, length)) = connection.waiting.front() else {
            if connection.ended {
                self.connections[index as usize] = None;
            }
            return Ok(());
        };
        // SAFETY: a completion has named this buffer, and it is not given back as long as it is in `waiting`.
        let bytes = &unsafe { self.buffers.received(buffer, length) }[connection.sent..];
        let (socket, user_data) = (connection.socket.as_raw_fd(), u64::from(index) << 2 | SEND);
        if is_rest {
            connection.front = Front::Rest;
            // SAFETY: the buffer in `waiting` goes back to the kernel only after this send's completion.
            return unsafe { self.ring.send(socket, bytes, user_data) };
        }
        connection.front = Front::Silent;
        self.more |= connection.ended || connection.waiting.len() > 1;
        self.silent.push(index);
        // SAFETY: the buffer in `waiting` goes back to the kernel only after the completions were taken (*done*).
        unsafe { self.ring.send_silently(socket, bytes, user_data) }
    }

    fn connection(&mut self, index: u32) -> &mut Connection {
        self.connections[index as usize]
            .as_mut()
            .expect("an open connection")
    }

    fn list(&mut self, index: u32) {
        if !std::mem::replace(&mut self.connection(index).listed, true) {
            self.listed.push(index);
        }
    }

    fn arm_receive(&mut self, index: u32) -> Result<()> {
        self.ring
            .arm_receive(index as i32, u64::from(index) << 2 | RECEIVE)
    }
}

impl Connection {
    fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            waiting: VecDeque::new(),
            front: Front::Waits,
            sent: 0,
            ended: false,
            listed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream};
    use std::thread;

    /// More than all sockets and buffers hold is sent before a byte is read: sends are cut short, refused and resumed, receives starve, and
    /// every byte must still come back.
    #[test]
    fn a_client_that_reads_late() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || serve(listener, "64 connections").expect("it serves"));
        let mut client = TcpStream::connect(address).expect("it listens");
        let sent: Vec<u8> = (0..32_u32 << 18).flat_map(u32::to_le_bytes).collect();
        let mut writer = client.try_clone().expect("an open socket");
        let bytes = sent.clone();
        let writing = thread::spawn(move || {
            writer.write_all(&bytes).expect("the server reads");
            writer.shutdown(Shutdown::Write).expect("an open socket");
        });
        thread::sleep(std::time::Duration::from_millis(200));
        let mut received = Vec::new();
        client
            .read_to_end(&mut received)
            .expect("it answers and closes");
        writing.join().expect("all is written");
        assert!(received == sent);
    }
}
