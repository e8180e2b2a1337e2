//! `bench load-check`: does our HTTP load find the same as `wrk` and `oha`?
//!
//! A server does not cost the same under every load, so the loads are compared on the same server, in turns: 64 keep-alive connections, the
//! server on core 0, the load on core 1, for each the server's CPU time by the number of answers, and the answers in a second. Ratios
//! are taken within a round.
//!
//! - **ours, sleeping** waits in the kernel when no answer is there, as `wrk` does. The server must cost the same under both,
//!   within [`TOLERANCE`]: that is the check.
//! - **ours, spinning** is what the measurements use. It looks for answers again and again and never sleeps, so the server never pays for waking it,
//!   some microseconds on a virtual machine, each time that all answers were taken. It finds answers sooner and one by one, so the
//!   server finds fewer requests in a turn. What the server costs is less or more by these, but steadier; that it differs is no error.
//! - **oha** is a third opinion. It runs on tokio and hyper, as one of the servers does; it is shown, and nothing is asked of it.
//!
//! This is a command and not a test, since it says something only of a release build and of cores that do nothing else. Without `wrk` it fails;
//! without `oha` it says so and goes on.
#![forbid(unsafe_code)]

mod tool;

use crate::harness::{Machine, Process, Start, median, pin};
use crate::{Result, registry};
use std::thread;
use std::time::Duration;
use tool::Tool;

/// By so much may a server's CPU time for a request differ between wrk and our load when it sleeps: as a part of wrk's.
const TOLERANCE: f64 = 0.25;

const CONNECTIONS: usize = 64;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each load has its turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long a turn takes
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// The servers, contestants of http-hello
    #[arg(long, value_delimiter = ',', default_value = "yibu,hyper")]
    servers: Vec<String>,
}

/// What one load did in its turns.
#[derive(Default)]
struct Found {
    /// Nanoseconds of the server's CPU time for a request.
    cpu: Vec<f64>,
    /// Requests in a second.
    rate: Vec<f64>,
}

/// True if ours, when it sleeps, and wrk agree on every server.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    if arguments.rounds == 0 {
        return Err("at least one round".into());
    }
    let tools = Tool::installed()?;
    print!("{}", Machine::here());
    let mut all_agree = true;
    for server in &arguments.servers {
        let found = compare(server, &tools, arguments)?;
        all_agree &= tell(server, &tools, &found);
    }
    Ok(all_agree)
}

/// Each tool in turn, the rounds through, on one server.
fn compare(server: &str, tools: &[Tool], arguments: &Arguments) -> Result<Vec<Found>> {
    let http = registry::scenario("http-hello")?;
    let found = http.contestants.iter().find(|(name, _)| *name == server);
    let &(name, contestant) = found.ok_or_else(|| format!("http-hello has no {server}"))?;
    let process = Process::start(&Start::new(http.name, name, contestant, ""))?;
    let _pinned = pin(1)?;
    let mut found: Vec<_> = tools.iter().map(|_| Found::default()).collect();
    for round in 0..arguments.rounds {
        let mut order: Vec<_> = tools.iter().zip(&mut found).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (tool, found) in order {
            let before = cpu_ns(&process)?;
            let done = tool
                .run(process.address()?, arguments.seconds)
                .map_err(|error| format!("{} on {server}: {error}", tool.name()))?;
            let cpu = cpu_ns(&process)? - before;
            found.cpu.push(cpu as f64 / done.requests as f64);
            found
                .rate
                .push(done.requests as f64 / done.elapsed.as_secs_f64());
        }
    }
    Ok(found)
}

/// Once it sleeps: a thread that runs is counted only up to the last tick.
fn cpu_ns(process: &Process) -> Result<u64> {
    thread::sleep(Duration::from_millis(10));
    process.cpu_ns()
}

/// The table of a server; true if ours and wrk agree.
fn tell(server: &str, tools: &[Tool], found: &[Found]) -> bool {
    let wrk = tools.iter().position(|tool| *tool == Tool::Wrk);
    let wrk = &found[wrk.expect("it is installed")].cpu;
    let mut agree = false;
    println!("\n{server}, {CONNECTIONS} connections");
    println!(
        "{:18}{:>30}{:>10}{:>12}",
        "load", "server's CPU, ns a request", "to wrk", "requests/s"
    );
    for (tool, found) in tools.iter().zip(found) {
        let ratios: Vec<_> = found
            .cpu
            .iter()
            .zip(wrk)
            .map(|(own, wrk)| own / wrk)
            .collect();
        let ratio = median(&ratios);
        if *tool == Tool::Sleeping {
            agree = (ratio - 1.0).abs() <= TOLERANCE;
        }
        let least = found.cpu.iter().copied().fold(f64::INFINITY, f64::min);
        let most = found.cpu.iter().copied().fold(0.0, f64::max);
        println!(
            "{:18}{:>30}{:>10.3}{:>12.0}",
            tool.name(),
            format!("{:.0} ({least:.0}-{most:.0})", median(&found.cpu)),
            ratio,
            median(&found.rate)
        );
    }
    println!(
        "{}  {server} costs the same under ours, sleeping, and wrk, within {:.0} %",
        if agree { "pass" } else { "FAIL" },
        100.0 * TOLERANCE
    );
    agree
}
