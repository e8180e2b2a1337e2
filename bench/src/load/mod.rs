//! The load: keep-alive connections on one thread, each of which asks for `depth` answers at once and, when it has
//! them all, for the next (as wrk does). Every answer is checked.
//!
//! It waits for answers in one of two ways. Spinning, it never sleeps, so the server never pays for waking it: the
//! steadier figure, and what the measurements use. Sleeping, it is a client like others.

#![forbid(unsafe_code)]

mod answer;
mod connection;
pub(crate) mod crowd;
pub(crate) mod echo;
pub(crate) mod paced;

pub(crate) use answer::{Expected, Wanted};

use crate::Result;
use crate::harness::{Work, pin, thread_cpu};
use connection::Connection;
use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
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
pub(crate) struct Report {
    /// Requests that were answered, which is all that were sent.
    pub(crate) requests: u64,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// CPU time of this thread meanwhile.
    pub(crate) cpu: Duration,
    /// Time in which it handled answers, and did not look for them in vain.
    pub(crate) at_work: Duration,
    /// From sending a batch to its last answer, in nanoseconds.
    pub(crate) latencies: Histogram<u64>,
}

impl From<Report> for Work {
    fn from(report: Report) -> Self {
        Self {
            load_busy: Some(report.at_work.as_secs_f64() / report.elapsed.as_secs_f64()),
            latencies: Some(report.latencies),
            ..Self::new(report.requests, report.elapsed)
        }
    }
}

/// Connections that are open and idle between two runs.
pub(crate) struct Load {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    received: Vec<u8>,
    wait: Wait,
}

impl Load {
    /// Opens `connections` connections that will have `depth` requests in flight each, for the 13-byte answer.
    pub(crate) fn connect(
        address: SocketAddr,
        connections: usize,
        depth: usize,
        wait: Wait,
    ) -> Result<Self> {
        Self::connect_for(&Wanted::hello(), address, connections, depth, wait)
    }

    /// The same for another target and its answer.
    pub(crate) fn connect_for(
        wanted: &Arc<Wanted>,
        address: SocketAddr,
        connections: usize,
        depth: usize,
        wait: Wait,
    ) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut open = Vec::with_capacity(connections);
        for index in 0..connections as u64 {
            let connection = Connection::open(address, depth, wanted)?;
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
        let (began, cpu) = (Instant::now(), thread_cpu());
        let mut requests = 0;
        for connection in &mut self.connections {
            requests += connection.ask(Instant::now())?;
        }
        let mut busy = self.connections.len();
        let mut events = Vec::with_capacity(busy);
        let (mut now, mut last_answer) = (began, began);
        let (mut at_work, mut latencies) = (Duration::ZERO, Histogram::new(3)?);
        while busy > 0 {
            self.wait_for(&mut events)?;
            now = Instant::now();
            if events.is_empty() {
                if now - last_answer > STALL {
                    return Err(format!(
                        "no answer for {STALL:?}; {busy} connections wait for theirs"
                    )
                    .into());
                }
                continue;
            }
            for event in events.drain(..) {
                let index = usize::try_from({ event.data }.u64())?;
                let connection = &mut self.connections[index];
                connection.receive(&mut self.received)?;
                if connection.in_flight() > 0 {
                    continue;
                }
                let answered = Instant::now();
                latencies.record(connection.waited(answered))?;
                let more = match until {
                    Until::Elapsed(limit) => now - began < limit,
                    Until::Requests(limit) => requests < limit,
                };
                if more {
                    requests += connection.ask(answered)?;
                } else {
                    busy -= 1;
                }
            }
            last_answer = Instant::now();
            at_work += last_answer - now;
        }
        Ok(Report {
            requests,
            elapsed: now - began,
            cpu: thread_cpu() - cpu,
            at_work,
            latencies,
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

/// Connects. A server may refuse for a while after it said that it is ready: one that replaced its process says so before it listens.
fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    const LATE: Duration = Duration::from_secs(2);
    let began = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Err(error)
                if error.kind() == ErrorKind::ConnectionRefused && began.elapsed() < LATE =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            done => return done,
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
    let _pinned = arguments.core.map(pin).transpose()?;
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
        at_work,
        latencies,
    } = load.run(until)?;
    println!(
        "{requests} requests in {:.3} s: {:.0} a second, all answers as they should be",
        elapsed.as_secs_f64(),
        requests as f64 / elapsed.as_secs_f64()
    );
    let quantile = |of: f64| latencies.value_at_quantile(of) as f64 / 1000.0;
    println!(
        "latency of a batch: p50 {:.1} us, p99 {:.1}, p99.9 {:.1}, max {:.1}",
        quantile(0.5),
        quantile(0.99),
        quantile(0.999),
        quantile(1.0)
    );
    println!(
        "the load was at work for {:.0} % of the time",
        100.0 * at_work.as_secs_f64() / elapsed.as_secs_f64()
    );
    println!(
        "load: {:.3} s of CPU, {:.2} µs a request",
        cpu.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / requests as f64
    );
    Ok(())
}
