//! At the descriptor limit: go on serving, do not spin, say so once, and accept again when a connection closes.

#![forbid(unsafe_code)]

use super::Checks;
use crate::Result;
use crate::harness::{Process, Start};
use crate::load::crowd::{Client, Close, ask_all};
use std::thread;
use std::time::Duration;

const DESCRIPTORS: u64 = 200;
const CLIENTS: usize = 300;

/// How long the server is watched at the limit, and how much CPU it may use meanwhile.
const WATCH: Duration = Duration::from_secs(2);
const CPU_MS: f64 = 50.0;

/// A client that is not accepted is not answered within this.
const WAIT: Duration = Duration::from_millis(20);

/// Opens more clients than the server has descriptors, and watches.
pub(super) fn check(start: &Start, checks: &mut Checks) -> Result<()> {
    let server = Process::start(&Start {
        descriptors: Some(DESCRIPTORS),
        ..start.clone()
    })?;
    let address = server.address()?;
    let mut clients = (0..CLIENTS)
        .map(|index| Client::connect(address, index, Close::Finish))
        .collect::<Result<Vec<_>>>()?;
    clients.iter_mut().try_for_each(Client::ask)?;
    clients[0].answer()?;
    let (mut served, mut waiting) = (vec![clients.remove(0)], Vec::new());
    for mut client in clients {
        let list = if client.is_answered_within(WAIT)? {
            &mut served
        } else {
            &mut waiting
        };
        list.push(client);
    }
    println!(
        "{CLIENTS} clients of a server with {DESCRIPTORS} descriptors: {} served, {} waiting",
        served.len(),
        waiting.len()
    );
    checks.check(
        served.len() > 100 && !waiting.is_empty(),
        "it accepts up to the limit",
    );

    let before = server.cpu_ns()?;
    thread::sleep(WATCH);
    let cpu_ms = (server.cpu_ns()? - before) as f64 / 1e6;
    checks.check(
        cpu_ms < CPU_MS,
        &format!(
            "it does not spin at the limit: {cpu_ms:.1} ms of CPU in {WATCH:?}, at most {CPU_MS}"
        ),
    );
    let asked = ask_all(&mut served);
    checks.check(
        asked.is_ok(),
        &format!("it goes on serving those it accepted{}", said(&asked)),
    );
    let lines = server.said();
    let first = lines.lines().next().unwrap_or("nothing");
    let count = lines.lines().count();
    checks.check(
        count == 1,
        &format!("it says so once: {count} lines, the first {first:?}"),
    );

    let enough = waiting.len().min(served.len());
    served.truncate(served.len() - enough);
    let answered = waiting[..enough].iter_mut().try_for_each(Client::answer);
    checks.check(
        answered.is_ok(),
        &format!(
            "{enough} close, and {enough} that waited are served{}",
            said(&answered)
        ),
    );
    let asked = ask_all(&mut served);
    checks.check(
        asked.is_ok(),
        &format!("and {} others still are{}", served.len(), said(&asked)),
    );
    Ok(())
}

fn said(result: &Result<()>) -> String {
    result
        .as_ref()
        .err()
        .map_or_else(String::new, |error| format!(": {error}"))
}
