//! User memory per idle connection that has asked once, and what 100,000 connections leave behind.

#![forbid(unsafe_code)]

use super::{Checks, client};
use crate::Result;
use crate::measure::{Memory, Server, Start};
use std::thread;
use std::time::{Duration, Instant};

/// The most user memory that an idle connection of yibu may hold.
const BAR: f64 = 400.0;

/// Opened and closed before anything is measured, so that pools, tables and code are in memory.
const WARM_UP: usize = 1_000;

/// Opens and closes, holds idle, and looks at the server's memory and descriptors between.
pub(super) fn check(start: &Start, churn: usize, idle: usize, checks: &mut Checks) -> Result<()> {
    let server = Server::start(start)?;
    client::open_and_close(server.address(), WARM_UP)?;
    let descriptors = settled(&server)?;
    let warm = server.memory()?;

    let began = Instant::now();
    client::open_and_close(server.address(), churn)?;
    let seconds = began.elapsed().as_secs_f64();
    let left = settled(&server)?;
    let before = server.memory()?;
    println!(
        "{churn} connections opened, asked once and closed in {seconds:.1} s; memory {} KiB before, {} KiB after",
        warm.resident / 1024,
        before.resident / 1024
    );
    checks.check(
        left <= descriptors,
        &format!("no descriptor is left behind: {descriptors} before, {left} after"),
    );

    let mut clients = client::open(server.address(), idle)?;
    let after = server.memory()?;
    let each = |of: fn(Memory) -> u64| (of(after) as f64 - of(before) as f64) / idle as f64;
    let (resident, dirty) = (
        each(|memory| memory.resident),
        each(|memory| memory.private_dirty),
    );
    println!(
        "{idle} idle connections: {resident:.0} bytes of user memory each ({dirty:.0} private and written)"
    );
    println!(
        "  method: resident memory by smaps_rollup with {idle} connections that were each answered once ({} KiB),",
        after.resident / 1024
    );
    println!(
        "  less that without one, after {WARM_UP} + {churn} opened and closed 64 at a time ({} KiB)",
        before.resident / 1024
    );
    if start.contestant == "yibu" {
        checks.check(
            resident <= BAR,
            &format!("an idle connection holds {resident:.0} bytes, at most {BAR}"),
        );
    }

    client::ask_all(&mut clients[..idle.min(100)])?;
    drop(clients);
    let left = settled(&server)?;
    checks.check(
        left <= descriptors,
        &format!("idle connections that close leave nothing behind: {left} descriptors"),
    );
    println!(
        "memory after they closed: {} KiB",
        server.memory()?.resident / 1024
    );
    Ok(())
}

/// The number of the server's open descriptors, once it has stopped falling: closes reach the server after the client.
fn settled(server: &Server) -> Result<usize> {
    let mut last = server.descriptors()?;
    loop {
        thread::sleep(Duration::from_millis(200));
        let now = server.descriptors()?;
        if now >= last {
            return Ok(now);
        }
        last = now;
    }
}
