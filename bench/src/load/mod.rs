//! The load: keep-alive connections on one thread, each of which asks for `depth` answers at once and, when it has
//! them all, for the next (as wrk does). Every answer is checked.
//!
//! It waits for answers in one of two ways. Spinning, it never sleeps, so the server never pays for waking it: the
//! steadier figure, and what the measurements use. Sleeping, it is a client like others.

#![forbid(unsafe_code)]

mod answer;
mod connection;

pub(crate) use answer::Expected;

use crate::{Result, measure};
use connection::Connection;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A server that leaves the load without any answer for this long has failed.
const STALL: Duration = Duration::from_secs(5);

/// How the load waits for answers.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Wait {
    /// Look again and again.
    Spin,
    /// Sleep in the kernel.
    Sleep,
}

/// When the load ends.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// No request is sent after this time.
    Elapsed(Duration),
    /// No request is sent after this many, rounded up to whole batches.
    Requests(u64),
}

/// What the load did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    /// Requests that were answered, which is all that were sent.
    pub(crate) requests: u64,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// CPU time of this thread meanwhile.
    pub(crate) cpu: Duration,
}

/// Connections that are open and idle between two runs.
pub(crate) struct Load {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    received: Vec<u8>,
    wait: Wait,
}

impl Load {
    /// Opens `connections` connections that will have `depth` requests in flight each.
    pub(crate) fn connect(
        address: SocketAddr,
        connections: usize,
        depth: usize,
        wait: Wait,
    ) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut open = Vec::with_capacity(connections);
        for index in 0..connections as u64 {
            let connection = Connection::open(address, depth)?;
            epoll::add(
                &epoll,
                connection.stream(),
                epoll::EventData::new_u64(index),
                epoll::EventFlags::IN,
            )?;
            open.push(connection);
        }
        Ok(Self {
            epoll,
            connections: open,
            received: vec![0; 64 * 1024],
            wait,
        })
    }

    /// Sends requests on every connection until `until`, and waits for all the answers.
    ///
    /// # Errors
    ///
    /// At the first wrong answer, closed connection or stall.
    pub(crate) fn run(&mut self, until: Until) -> Result<Report> {
        let (began, cpu) = (Instant::now(), measure::thread_cpu());
        let mut requests = 0;
        for connection in &mut self.connections {
            requests += connection.ask()?;
        }
        let mut busy = self.connections.len();
        let mut events = Vec::with_capacity(busy);
        let mut now = began;
        let mut last_answer = began;
        while busy > 0 {
            self.wait_for(&mut events)?;
            now = Instant::now();
            if events.is_empty() && now - last_answer > STALL {
                return Err(
                    format!("no answer for {STALL:?}; {busy} connections wait for theirs").into(),
                );
            }
            for event in events.drain(..) {
                last_answer = now;
                let index = usize::try_from({ event.data }.u64())?;
                let connection = &mut self.connections[index];
                connection.receive(&mut self.received)?;
                if connection.in_flight() > 0 {
                    continue;
                }
                let more = match until {
                    Until::Elapsed(limit) => now - began < limit,
                    Until::Requests(limit) => requests < limit,
                };
                if more {
                    requests += connection.ask()?;
                } else {
                    busy -= 1;
                }
            }
        }
        Ok(Report {
            requests,
            elapsed: now - began,
            cpu: measure::thread_cpu() - cpu,
        })
    }

    fn wait_for(&self, events: &mut Vec<epoll::Event>) -> Result<()> {
        let timeout = match self.wait {
            Wait::Spin => Timespec::default(),
            Wait::Sleep => Timespec {
                tv_sec: 1,
                tv_nsec: 0,
            },
        };
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The server's address
    address: SocketAddr,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Requests in flight on each connection
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pipeline: u16,
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Stop after this many requests instead
    #[arg(long)]
    requests: Option<u64>,
    #[arg(long, value_enum, default_value = "spin")]
    wait: Wait,
    /// The core to run on
    #[arg(long)]
    core: Option<usize>,
}

/// `bench load`.
pub(crate) fn main(arguments: &Arguments) -> Result<()> {
    let _pinned = arguments.core.map(measure::pin).transpose()?;
    let until = match arguments.requests {
        Some(requests) => Until::Requests(requests),
        None => Until::Elapsed(Duration::try_from_secs_f64(arguments.seconds)?),
    };
    let depth = usize::from(arguments.pipeline);
    let mut load = Load::connect(
        arguments.address,
        arguments.connections,
        depth,
        arguments.wait,
    )?;
    let Report {
        requests,
        elapsed,
        cpu,
    } = load.run(until)?;
    println!(
        "{requests} requests in {:.3} s: {:.0} a second, all answers as they should be",
        elapsed.as_secs_f64(),
        requests as f64 / elapsed.as_secs_f64()
    );
    println!(
        "load: {:.3} s of CPU, {:.2} µs a request",
        cpu.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / requests as f64
    );
    Ok(())
}
