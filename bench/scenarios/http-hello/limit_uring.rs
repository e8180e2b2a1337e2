//! The limit with completions: a ring, multishot accept, multishot receive into a ring of buffers, one send a turn for each
//! connection that asked, and nothing else. What any server on a ring could cost at best.
//!
//! Sends are silent: with `MSG_DONTWAIT | MSG_WAITALL` and `CQE_SKIP_SUCCESS` the kernel finishes them inside the call that submits
//! them, and only one that was cut short or refused posts a completion, in the same call. So
//!
//! Descriptors stay open while an operation names them: a connection is closed only when its receive has ended and no send is in flight. And
//! invariant *done*: when every completion of a call has been taken, and none waits because the completion queue was full, no silent
//! send is in flight, and its bytes and its descriptor are free.
//!
//! What a silent send left over goes by an ordinary send that owns its bytes (`rest`) until it completes.
//! Covered by the load's check of every answer and by `tests::a_client_that_reads_late`.

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::answers::{Answers, MOST};
use crate::kit::buffer_ring::BufferRing;
use crate::kit::heads::Heads;
use crate::kit::ring::{Ring, errno};
use io_uring::cqueue;
use rustix::fd::{AsRawFd, FromRawFd, OwnedFd};
use rustix::io::Errno;
use std::convert::Infallible;
use std::net::TcpListener;

const ACCEPT: u64 = 0;
const RECEIVE: u64 = 1;
const SILENT: u64 = 2;
const REST: u64 = 3;

struct Connection {
    socket: OwnedFd,
    heads: Heads,
    /// Answers not sent yet.
    owed: u32,
    /// Answers in the last silent send.
    sent: u32,
    /// What a silent send left over: the kernel reads it while `rest_in_flight`.
    rest: Vec<u8>,
    rest_in_flight: bool,
    /// The receive has ended: to be closed once nothing is in flight or owed.
    ended: bool,
    /// In the list of those that this turn must look at.
    listed: bool,
}

struct Loop {
    ring: Ring,
    buffers: BufferRing,
    listener: TcpListener,
    /// Out of descriptors: nothing is accepted until a connection closes.
    full: bool,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    listed: Vec<u32>,
    answers: Answers,
}

pub(crate) const CONTESTANT: Contestant = Contestant::server("", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let ring = Ring::new()?;
    let buffers = BufferRing::register(&ring.submitter())?;
    let (connections, listed, answers) = (Vec::new(), Vec::new(), Answers::new());
    let mut this = Loop {
        ring,
        buffers,
        listener,
        full: false,
        connections,
        listed,
        answers,
    };
    this.ring.arm_accept(&this.listener, ACCEPT)?;
    loop {
        this.turn()?;
    }
}

impl Loop {
    fn turn(&mut self) -> Result<()> {
        let wanted = usize::from(self.listed.is_empty());
        self.ring.submit_and_wait(wanted)?;
        self.take_completions()?;
        while self.ring.has_more()? {
            self.take_completions()?;
        }
        self.buffers.publish();
        self.answers.set_date();
        for index in std::mem::take(&mut self.listed) {
            self.send(index)?;
        }
        Ok(())
    }

    fn take_completions(&mut self) -> Result<()> {
        while let Some(completion) = self.ring.next_completion() {
            let index = (completion.user_data() >> 2) as u32;
            match completion.user_data() & 3 {
                ACCEPT => self.accepted(&completion)?,
                RECEIVE => self.received(index, &completion)?,
                SILENT => self.cut_short(index, completion.result()),
                _ => self.rest_sent(index, completion.result()),
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
        } else if [Errno::MFILE, Errno::NFILE].contains(&errno(completion.result())) {
            eprintln!("no descriptor is left: no connection is accepted until one closes");
            self.full = true;
            return Ok(());
        }
        if cqueue::more(completion.flags()) {
            Ok(())
        } else {
            self.ring.arm_accept(&self.listener, ACCEPT)
        }
    }

    fn received(&mut self, index: u32, completion: &cqueue::Entry) -> Result<()> {
        let connection = self.connections[index as usize]
            .as_mut()
            .expect("open until its receive has ended");
        let mut heads = 0;
        if let Some(buffer) = cqueue::buffer_select(completion.flags()) {
            let length = usize::try_from(completion.result()).unwrap_or(0);
            // SAFETY: this completion names the buffer, and it is given back only below.
            heads = connection
                .heads
                .ending_in(unsafe { self.buffers.received(buffer, length) });
            self.buffers.give_back(buffer);
        }
        connection.owed += heads as u32;
        let more = cqueue::more(completion.flags());
        let out_of_buffers = completion.result() < 0 && errno(completion.result()) == Errno::NOBUFS;
        connection.ended = !more && completion.result() <= 0 && !out_of_buffers;
        if heads > 0 || connection.ended {
            self.list(index);
        }
        if more || self.connection(index).ended {
            Ok(())
        } else {
            self.arm_receive(index)
        }
    }

    /// A silent send was not whole.
    fn cut_short(&mut self, index: u32, result: i32) {
        let connection = self.connections[index as usize]
            .as_mut()
            .expect("open until the turn after its last send");
        if result < 0 && errno(result) != Errno::AGAIN {
            // The receive says so too and ends the connection.
            connection.owed = 0;
            return;
        }
        let sent = usize::try_from(result).unwrap_or(0);
        connection.rest = self.answers.bytes(connection.sent as usize)[sent..].to_vec();
        self.list(index);
    }

    fn rest_sent(&mut self, index: u32, result: i32) {
        let connection = self.connections[index as usize]
            .as_mut()
            .expect("open while a send is in flight");
        connection.rest_in_flight = false;
        match usize::try_from(result) {
            Ok(sent) => drop(connection.rest.drain(..sent)),
            Err(_) => (connection.rest, connection.owed) = (Vec::new(), 0),
        }
        self.list(index);
    }

    /// What this turn sends on a connection; or closes it.
    fn send(&mut self, index: u32) -> Result<()> {
        let connection = self.connections[index as usize]
            .as_mut()
            .expect("listed ones are open");
        connection.listed = false;
        let socket = connection.socket.as_raw_fd();
        if connection.rest_in_flight {
            return Ok(());
        }
        if !connection.rest.is_empty() {
            connection.rest_in_flight = true;
            let (bytes, user_data) = (&connection.rest, u64::from(index) << 2 | REST);
            // SAFETY: they change only at this send's completion.
            return unsafe { self.ring.send(socket, bytes, user_data) };
        }
        if connection.owed > 0 {
            connection.sent = connection.owed.min(MOST as u32);
            connection.owed -= connection.sent;
            let look_again = connection.owed > 0 || connection.ended;
            let bytes = self.answers.bytes(connection.sent as usize);
            // SAFETY: the answers change and move only after the completions were taken (*done*).
            unsafe {
                self.ring
                    .send_silently(socket, bytes, u64::from(index) << 2 | SILENT)?;
            }
            if look_again {
                self.list(index);
            }
            return Ok(());
        }
        if connection.ended {
            self.connections[index as usize] = None;
            if std::mem::take(&mut self.full) {
                self.ring.arm_accept(&self.listener, ACCEPT)?;
            }
        }
        Ok(())
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
        let (heads, rest) = (Heads::default(), Vec::new());
        Self {
            socket,
            heads,
            owed: 0,
            sent: 0,
            rest,
            rest_in_flight: false,
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

    /// 100,000 requests before the first answer is read: sends are cut short, refused and resumed, and every answer must still be whole.
    #[test]
    fn a_client_that_reads_late() {
        const REQUESTS: usize = 100_000;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || serve(listener, "").expect("it serves"));
        let mut client = TcpStream::connect(address).expect("it listens");
        client
            .write_all(&b"GET / HTTP/1.1\r\n\r\n".repeat(REQUESTS))
            .expect("the server reads");
        client.shutdown(Shutdown::Write).expect("an open socket");
        let mut answers = String::new();
        client
            .read_to_string(&mut answers)
            .expect("it answers and closes");
        let whole = answers.split("Hello, world!").filter(|head| {
            head.starts_with("HTTP/1.1 200 OK\r\nDate: ")
                && head.ends_with("Content-Length: 13\r\n\r\n")
        });
        assert_eq!(whole.count(), REQUESTS);
        assert!(answers.ends_with("Hello, world!"));
    }
}
