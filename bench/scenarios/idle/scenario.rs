//! Memory per idle connection: what a server keeps for a client that asked once, was answered, and says nothing more.
//!
//! The contestants are the servers of http-hello. For each round one is started anew. A thousand connections, opened and closed,
//! bring code, pools and tables into memory; then its memory is read, the connections are opened, each asks once and has its answer
//! checked, and the memory is read again. The difference, by the number of connections, is what one costs. In the end all of them ask once more,
//! so that a server which closed them to save memory is disqualified.
//!
//! It is the server's memory only: the kernel keeps some 4 KiB for each end of an idle connection, the same for everybody.
//! 15,000 connections are near the limit of descriptors of many machines (`ulimit -n`); a server that needs two of them for a connection fails there.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Bar, Memory, Metric, Most, Process, Scenario, Start, Visit, Work};
use crate::load::crowd::{self, Close};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SCENARIO: Idle = Idle;

pub(crate) struct Idle;

/// How many connections there are.
const CROWDS: [(&str, usize); 2] = [("5,000 connections", 5_000), ("15,000 connections", 15_000)];

/// Opened and closed before anything is measured.
const WARM_UP: usize = 1_000;

/// After this a server has done what it wanted to do after an answer.
const REST: Duration = Duration::from_millis(100);

/// All of the server's pages, those of its file among them.
const RESIDENT: Metric = Metric::lower(
    "resident per connection",
    "B",
    "resident memory of the server for each idle connection",
);

/// Pages that it alone has and that it wrote.
const PRIVATE: Metric = Metric::lower(
    "private per connection",
    "B",
    "the part of it that is the server's own and was written",
);

impl Scenario for Idle {
    fn about(&self) -> &'static str {
        "memory per keep-alive connection that asked once and is idle"
    }

    fn variants(&self) -> &'static [&'static str] {
        const { &[CROWDS[0].0, CROWDS[1].0] }
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-uring")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[RESIDENT, PRIVATE]
    }

    fn bars(&self) -> &'static [Bar] {
        const { &[bar("yibu"), bar("yibu-poll")] }
    }

    /// What was held by the connections of one round is in the pools of the next.
    fn shares_time(&self) -> bool {
        false
    }

    /// Six are the fewest that bound a median with 95 %.
    fn rounds(&self, asked: usize, quick: bool) -> usize {
        asked.min(if quick { 1 } else { 6 })
    }

    fn start(&self, _variant: &str, start: &mut Start) -> Result<()> {
        start.everywhere = true;
        start.descriptors = Some(crowd::allow_descriptors()?);
        Ok(())
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let crowd = CROWDS.iter().find(|(name, _)| *name == visit.variant);
        let &(_, count) = crowd.ok_or("no such variant")?;
        let server = process.address()?;
        crowd::open_and_close(server, WARM_UP, Close::Reset)?;
        crowd::settled(process)?;
        let before = process.memory()?;
        let began = Instant::now();
        let mut clients = crowd::open(server, count)?;
        let elapsed = began.elapsed();
        thread::sleep(REST);
        let after = process.memory()?;
        crowd::ask_all(&mut clients).map_err(|error| format!("asked a second time: {error}"))?;
        let each = |of: fn(Memory) -> u64| (of(after) as f64 - of(before) as f64) / count as f64;
        Ok(Work {
            own: vec![
                (RESIDENT.name, each(|memory| memory.resident)),
                (PRIVATE.name, each(|memory| memory.private_dirty)),
            ],
            ..Work::new(count as u64, elapsed)
        })
    }
}

const fn bar(contestant: &'static str) -> Bar {
    Bar {
        contestant,
        variant: CROWDS[1].0,
        metric: RESIDENT,
        most: Most::Median(400.0),
    }
}
