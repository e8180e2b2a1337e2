//! One visit of the load to one server.

#![forbid(unsafe_code)]

use crate::Result;
use crate::load::{Load, Until, Wait};
use crate::measure::{Server, Ticks};
use std::thread;
use std::time::Duration;

/// What each visit does.
pub(crate) struct Plan {
    pub(crate) connections: usize,
    pub(crate) depth: usize,
    pub(crate) wait: Wait,
    pub(crate) until: Until,
}

/// What a visit found.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// The server's CPU time.
    pub(crate) cpu_ns: u64,
    pub(crate) ticks: Ticks,
    /// The share of the time for which the load ran: near one, it and not the server decides the rate.
    pub(crate) load_busy: f64,
}

impl Visit {
    pub(crate) fn cpu_us_per_request(&self) -> f64 {
        self.cpu_ns as f64 / 1000.0 / self.requests as f64
    }

    pub(crate) fn requests_per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

/// Opens connections, asks once on each (so that accepting and growing are not counted), and measures.
pub(crate) fn visit(server: &Server, plan: &Plan) -> Result<Visit> {
    let mut load = Load::connect(server.address(), plan.connections, plan.depth, plan.wait)?;
    load.run(Until::Requests(1))?;
    let (cpu, ticks) = counters(server)?;
    let report = load.run(plan.until)?;
    let (cpu_after, ticks_after) = counters(server)?;
    Ok(Visit {
        requests: report.requests,
        seconds: report.elapsed.as_secs_f64(),
        cpu_ns: cpu_after - cpu,
        ticks: Ticks {
            user: ticks_after.user - ticks.user,
            system: ticks_after.system - ticks.system,
        },
        load_busy: report.cpu.as_secs_f64() / report.elapsed.as_secs_f64(),
    })
}

/// The server's counters once it sleeps: a thread that runs is counted only up to the last tick.
fn counters(server: &Server) -> Result<(u64, Ticks)> {
    thread::sleep(Duration::from_millis(1));
    Ok((server.cpu_ns()?, server.ticks()?))
}
