//! Bytes that come back: what a message costs a server of one thread.
//!
//! In the ping-pong variants each connection has one message of 64 bytes in flight. In the streaming variant four connections send
//! messages of 1 MiB whole while they read the echo; an operation is then a message. The load compares every byte. All read into buffers of the same
//! size, which the variant decides; asyncio's transports decide for themselves.
//!
//! `limit-uring` and `limit-epoll` have no runtime. `may` keeps a stack for each connection.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Metric, Process, Scenario, Visit, Work};
use crate::load::echo::EchoLoad;
use crate::load::{Report, Until};

pub(crate) const SCENARIO: TcpEcho = TcpEcho;

pub(crate) struct TcpEcho;

const STREAMING: &str = "streaming 1 MiB";

/// Connections, and the bytes of a message.
const SHAPES: [(&str, usize, usize); 4] = [
    ("1 connection", 1, 64),
    ("64 connections", 64, 64),
    ("1,000 connections", 1000, 64),
    (STREAMING, 4, 1 << 20),
];

const BANDWIDTH: Metric = Metric::higher("bandwidth", "MB/s", "bytes that came back in a second");

/// The bytes that a contestant reads at once, if it has to say.
pub(crate) fn buffer_for(variant: &str) -> usize {
    if variant == STREAMING {
        64 * 1024
    } else {
        4096
    }
}

impl Scenario for TcpEcho {
    fn about(&self) -> &'static str {
        "bytes that come back over TCP, all of them compared"
    }

    fn variants(&self) -> &'static [&'static str] {
        const { &[SHAPES[0].0, SHAPES[1].0, SHAPES[2].0, SHAPES[3].0] }
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-uring")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[
            Metric::CPU,
            Metric::USER,
            Metric::RATE,
            BANDWIDTH,
            Metric::P50,
            Metric::P99,
            Metric::P999,
            Metric::MAX,
            Metric::SWITCHES,
            Metric::MEMORY,
        ]
    }

    /// Opens connections, sends once on each (so that accepting and growing are not counted), and measures.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let shape = SHAPES.iter().find(|(name, ..)| *name == visit.variant);
        let &(_, connections, length) = shape.ok_or("no such variant")?;
        let mut load = EchoLoad::connect(process.address()?, connections, length)?;
        load.run(Until::Requests(1))?;
        process.begin()?;
        let report = load.run(Until::Elapsed(visit.length))?;
        process.end()?;
        let bandwidth = bandwidth(&report, length);
        let mut work = Work::from(report);
        if visit.variant == STREAMING {
            work.own.push((BANDWIDTH.name, bandwidth));
        }
        Ok(work)
    }
}

fn bandwidth(report: &Report, length: usize) -> f64 {
    report.requests as f64 * length as f64 / 1e6 / report.elapsed.as_secs_f64()
}
