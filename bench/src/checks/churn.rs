//! Connections that come and go leave nothing behind.
#![forbid(unsafe_code)]

use super::Checks;
use crate::Result;
use crate::harness::{Process, Start};
use crate::load::crowd::{self, Close};
use std::time::Instant;

/// Opened and closed before anything is looked at, so that pools, tables and code are in memory.
const WARM_UP: usize = 2_000;

/// What the memory may grow by, in KiB: had each of 100,000 connections left the smallest allocation there is, it were 1,600 or more.
const GROWTH: u64 = 256;

/// Opens, asks once and closes, and looks at the server's memory and descriptors before and after.
pub(super) fn check(start: &Start, connections: usize, checks: &mut Checks) -> Result<()> {
    let server = Process::start(start)?;
    come_and_go(&server, WARM_UP)?;
    let (descriptors, memory) = (server.descriptors()?, server.memory()?.resident / 1024);
    let began = Instant::now();
    come_and_go(&server, connections)?;
    println!(
        "{connections} connections opened, asked once and closed, half of them by a reset, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let left = server.descriptors()?;
    checks.check(
        left <= descriptors,
        &format!("no descriptor is left behind: {descriptors} before, {left} after"),
    );
    let left = server.memory()?.resident / 1024;
    checks.check(
        left <= memory + GROWTH,
        &format!(
            "no memory is left behind: {memory} KiB before, {left} after, at most {GROWTH} more"
        ),
    );
    let said = server.said();
    checks.check(
        said.is_empty(),
        &format!(
            "it has nothing to say about it: {:?}",
            said.lines().next().unwrap_or_default()
        ),
    );
    Ok(())
}

fn come_and_go(server: &Process, connections: usize) -> Result<()> {
    crowd::open_and_close(server.address()?, connections / 2, Close::Finish)?;
    crowd::open_and_close(server.address()?, connections / 2, Close::Reset)?;
    crowd::settled(server).map(drop)
}
