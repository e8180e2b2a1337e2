//! The load of an echo, open loop: messages are due at fixed times, whatever became of those before, and are sent then.
//!
//! Latency is measured from when a message was due, not from when it was sent, so that neither a server that holds up the load nor
//! the load itself can hide a wait (coordinated omission).

#![forbid(unsafe_code)]

use super::Report;
use super::echo::{Messages, connect, poll, receive, wrong_echo};
use crate::Result;
use crate::harness::thread_cpu;
use hdrhistogram::Histogram;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use std::collections::VecDeque;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Who leaves the load without an echo for this long is given up.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// The bytes of a message.
const LENGTH: usize = 64;

struct Connection {
    stream: TcpStream,
    next: Messages,
    expected: Messages,
    /// Bytes of the expected message that have come.
    received: usize,
    /// When the unanswered messages were due.
    due: VecDeque<Instant>,
}

/// Connections that are open and idle between two runs.
pub(crate) struct PacedLoad {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    received: Vec<u8>,
    is_given_up: bool,
}

impl PacedLoad {
    pub(crate) fn connect(address: SocketAddr, connections: usize) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut open = Vec::with_capacity(connections);
        for index in 0..connections as u64 {
            let stream = connect(address)?;
            let data = epoll::EventData::new_u64(index);
            epoll::add(&epoll, &stream, data, epoll::EventFlags::IN)?;
            let next = Messages::new(index, LENGTH);
            let expected = next.clone();
            open.push(Connection {
                stream,
                next,
                expected,
                received: 0,
                due: VecDeque::new(),
            });
        }
        Ok(Self {
            epoll,
            connections: open,
            received: vec![0; 64 * 1024],
            is_given_up: false,
        })
    }

    /// Whether echoes did not come. To run it again then makes no sense.
    pub(crate) fn is_given_up(&self) -> bool {
        self.is_given_up
    }

    /// Sends a message every `interval`, on each connection in turn, for `length`, and waits for all the echoes. If none
    /// comes for a second after the last was sent, it gives up, and those that are missing count as if they had come then.
    ///
    /// # Errors
    ///
    /// At the first wrong byte or closed connection.
    pub(crate) fn run(&mut self, length: Duration, interval: Duration) -> Result<Report> {
        let (began, cpu) = (Instant::now(), thread_cpu());
        let count = length.div_duration_f64(interval) as u32;
        let (mut sent, mut answered) = (0, 0);
        let mut events = Vec::with_capacity(self.connections.len());
        let (mut now, mut last_echo) = (began, began);
        let (mut at_work, mut latencies) = (Duration::ZERO, Histogram::new(3)?);
        while answered < count {
            poll(&self.epoll, &mut events)?;
            now = Instant::now();
            let is_idle = events.is_empty();
            for event in events.drain(..) {
                let index = usize::try_from({ event.data }.u64())?;
                answered += self.receive(index, &mut latencies)?;
                last_echo = now;
            }
            let due_now = ((now - began).div_duration_f64(interval) as u32 + 1).min(count);
            for message in sent..due_now {
                self.send(message as usize, began + interval * message)?;
            }
            if !is_idle || due_now > sent {
                at_work += now.elapsed();
            }
            sent = due_now;
            if now - last_echo > GIVEN_UP && sent == count {
                self.is_given_up = true;
                for due in self
                    .connections
                    .iter()
                    .flat_map(|connection| &connection.due)
                {
                    latencies.record((now - *due).as_nanos() as u64)?;
                }
                break;
            }
        }
        let (elapsed, cpu) = (now - began, thread_cpu() - cpu);
        Ok(Report {
            requests: count.into(),
            elapsed,
            cpu,
            at_work,
            latencies,
        })
    }

    fn send(&mut self, message: usize, due: Instant) -> Result<()> {
        let turn = message % self.connections.len();
        let connection = &mut self.connections[turn];
        let taken = connection.stream.write(connection.next.current())?;
        if taken < LENGTH {
            return Err(format!(
                "the socket took {taken} of {LENGTH} bytes; {} messages are unanswered",
                connection.due.len()
            )
            .into());
        }
        connection.next.advance();
        connection.due.push_back(due);
        Ok(())
    }

    /// Reads once; how many messages that completes.
    fn receive(&mut self, index: usize, latencies: &mut Histogram<u64>) -> Result<u32> {
        let connection = &mut self.connections[index];
        let Some(mut got) = receive(&connection.stream, &mut self.received)? else {
            return Ok(0);
        };
        let (now, mut answered) = (Instant::now(), 0);
        while !got.is_empty() {
            let rest = &connection.expected.current()[connection.received..];
            let (part, later) = got.split_at(got.len().min(rest.len()));
            if !rest.starts_with(part) {
                return Err(wrong_echo(rest, part).into());
            }
            got = later;
            connection.received += part.len();
            if connection.received == LENGTH {
                let due = connection.due.pop_front().ok_or("an echo of nothing")?;
                latencies.record((now - due).as_nanos() as u64)?;
                connection.expected.advance();
                connection.received = 0;
                answered += 1;
            }
        }
        Ok(answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;
    use std::thread;

    /// A server that sleeps 100 ms while messages are due every 5 ms: a load that waited would record one long latency; all are long.
    #[test]
    fn what_is_due_during_a_stall_waits_from_when_it_was_due() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut buffer = [0; 4096];
            thread::sleep(Duration::from_millis(100));
            while let Ok(n @ 1..) = stream.read(&mut buffer) {
                stream.write_all(&buffer[..n]).expect("the client reads");
            }
        });
        let mut load = PacedLoad::connect(address, 1).expect("it listens");
        let report = load.run(Duration::from_millis(100), Duration::from_millis(5));
        let latencies = report.expect("the right bytes").latencies;
        assert_eq!(latencies.len(), 20);
        assert!(latencies.value_at_quantile(0.5) > 30_000_000);
        assert!(latencies.max() > 80_000_000);
    }
}
