//! What others see while one task takes the processor: 64 echo connections beside a task of the same runtime that computes.
//!
//! In one variant it computes without pause and yields every 10 ms, with the runtime's own yield: nobody can do better than 10 ms at
//! the worst without preempting it. In the other it computes for 500 ms without yielding, and rests 150 ms before and after: so
//! on one thread five messages in eight wait, the longest for half a second.
//!
//! The load is open: 3,200 messages a second are due at fixed times, staggered over the connections, and are sent then, whatever became
//! of those before. Latency counts from when a message was due. A server that echoes nothing for a second is given up, and what it owes counts
//! as echoed then: a latency of a second or more means starvation. `hog` is the CPU time that the task got in a second, so that a runtime that starves
//! it is seen; `cpu` is the whole server's, the task's included, shared out over the messages.
//!
//! `tokio-multi` has two workers, which the harness pins to the one core of the others. `monoio` has no yield; the common one starves the others there, so
//! `monoio-sleep` is shown as well. `may` runs a task that has slept on the thread of its timers, so there a stall does not hold up its worker.
//! `limit-threads` has no runtime: epoll on one thread, the task on another, on the same core; the kernel decides.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Metric, Process, Scenario, Visit, Work};
use crate::kit::hog;
use crate::load::paced::PacedLoad;
use std::time::Duration;

pub(crate) const SCENARIO: Mixed = Mixed;

pub(crate) struct Mixed;

/// Fifty a second on each connection.
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 50 / hog::CONNECTIONS as u64);

/// Enough yields.
const SHORTEST: Duration = Duration::from_millis(300);

/// The bytes that a contestant reads at once.
pub(crate) const BUFFER: usize = 4096;

const HOG: Metric = Metric::higher("hog", "ms/s", "CPU time that the task got");

impl Scenario for Mixed {
    fn about(&self) -> &'static str {
        "the latency of 64 echo connections while one task computes"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[hog::YIELDS, hog::STALLS]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-threads")
    }

    /// A visit takes most of a second.
    fn rounds(&self, asked: usize, quick: bool) -> usize {
        if quick { asked } else { asked.min(8) }
    }

    fn metrics(&self) -> &'static [Metric] {
        &[
            Metric::P99,
            Metric::P50,
            Metric::P999,
            Metric::MAX,
            HOG,
            Metric::CPU,
            Metric::SWITCHES,
        ]
    }

    /// So that a contestant computes only while it is measured, and one that hears of nothing any more is not asked again.
    fn shares_time(&self) -> bool {
        false
    }

    /// Opens connections, sends once on each, and measures.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let length = match visit.variant {
            hog::STALLS => {
                hog::CYCLE * visit.length.div_duration_f64(hog::CYCLE).ceil().max(1.0) as u32
            }
            _ => visit.length.max(SHORTEST),
        };
        let mut load = PacedLoad::connect(process.address()?, hog::CONNECTIONS)?;
        process.begin()?;
        let mut report = load.run(INTERVAL * hog::CONNECTIONS as u32, INTERVAL)?;
        if !load.is_given_up() {
            process.begin()?;
            report = load.run(length, INTERVAL)?;
        }
        process.end()?;
        let mut work = Work::from(report);
        let hog = hog::reported(&process.said())
            .ok_or("the task that computes did not say what it got")?;
        work.own.push((HOG.name, hog));
        Ok(work)
    }
}
