//! The 13-byte answer over keep-alive connections: what a request costs a server of one thread.
//!
//! All servers listen on the same kind of socket, with a long queue and no delay of small answers (glommio, may_minihttp and nginx bind it
//! anew), and answer with the same status, type, length, date and body; the load checks each answer. What a server adds by itself, such as
//! `Server`, it may. They have one worker on one core, keep connections for ever and write no log.
//!
//! The limits have no runtime: they count the heads that end in what arrives and send as many ready answers, one send a
//! turn for each connection. monoio, compio and glommio have no HTTP of their own and get the least that is honest: httparse, and one write for all answers
//! to what one read brought. The others are used as their documentation begins; axum, nginx and aiohttp answer pipelined requests one
//! write at a time, and offer nothing else.
//!
//! Missing: cyper-axum, compio's HTTP, stalls when pipelined (version 0.9: 33 ms an answer), so compio is by hand; ntex 4 wants a newer
//! compiler, so it is ntex 3.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Bar, Metric, Most, Process, Scenario, Visit, Work};
use crate::load::{Load, Until, Wait};

pub(crate) const SCENARIO: HttpHello = HttpHello;

pub(crate) struct HttpHello;

/// Connections, and requests in flight on each.
const SHAPES: [(&str, usize, usize); 6] = [
    ("1 connection", 1, 1),
    ("64 connections", 64, 1),
    ("512 connections", 512, 1),
    ("1 connection, 16 pipelined", 1, 16),
    ("64 connections, 16 pipelined", 64, 16),
    ("512 connections, 16 pipelined", 512, 16),
];

impl Scenario for HttpHello {
    fn about(&self) -> &'static str {
        "a 13-byte HTTP answer over keep-alive connections"
    }

    fn variants(&self) -> &'static [&'static str] {
        const {
            &[
                SHAPES[0].0,
                SHAPES[1].0,
                SHAPES[2].0,
                SHAPES[3].0,
                SHAPES[4].0,
                SHAPES[5].0,
            ]
        }
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-uring")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[
            Metric::CPU,
            Metric::USER,
            Metric::RATE,
            Metric::P50,
            Metric::P99,
            Metric::P999,
            Metric::MAX,
            Metric::SWITCHES,
            Metric::MEMORY,
        ]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                bar("yibu", SHAPES[1].0, Metric::CPU, Most::OfLimit(1.05)),
                bar("yibu", SHAPES[1].0, Metric::USER, Most::Median(400.0)),
                bar("yibu-poll", SHAPES[1].0, Metric::CPU, Most::OfLimit(1.05)),
                bar("yibu-poll", SHAPES[1].0, Metric::USER, Most::Median(400.0)),
                bar("yibu", SHAPES[4].0, Metric::CPU, Most::OfLimit(1.15)),
                bar("yibu", SHAPES[4].0, Metric::USER, Most::Median(100.0)),
                bar("yibu-poll", SHAPES[4].0, Metric::CPU, Most::OfLimit(1.15)),
                bar("yibu-poll", SHAPES[4].0, Metric::USER, Most::Median(100.0)),
            ]
        }
    }

    /// Opens connections, asks once on each (so that accepting and growing are not counted), and measures.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let (connections, depth) = shape(visit.variant)?;
        let mut load = Load::connect(process.address()?, connections, depth, Wait::Spin)?;
        load.run(Until::Requests(1))?;
        process.begin()?;
        let report = load.run(Until::Elapsed(visit.length))?;
        process.end()?;
        Ok(report.into())
    }

    fn some_work(&self, process: &mut Process, variant: &str, operations: u64) -> Result<u64> {
        let (connections, depth) = shape(variant)?;
        let mut load = Load::connect(process.address()?, connections, depth, Wait::Spin)?;
        Ok(load.run(Until::Requests(operations))?.requests)
    }
}

/// How many connections a variant has, and how many requests in flight on each.
fn shape(variant: &str) -> Result<(usize, usize)> {
    let shape = SHAPES.iter().find(|(name, ..)| *name == variant);
    let &(_, connections, depth) = shape.ok_or("no such variant")?;
    Ok((connections, depth))
}

const fn bar(contestant: &'static str, variant: &'static str, metric: Metric, most: Most) -> Bar {
    Bar {
        contestant,
        variant,
        metric,
        most,
    }
}
