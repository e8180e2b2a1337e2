//! The 13-byte answer over keep-alive connections: what a request costs a server of one thread.
//!
//! The contestants: two limits without a runtime ([`limit_uring`], [`limit_epoll`]) and the peers. All run at once, pinned to
//! one core; the load, on the other, visits each in turn in every round, in the reverse order every second round, so that
//! what drifts on the machine drifts for all. A figure of one round is compared with the limit's figure of the same round.

mod answers;
mod buffer_ring;
mod heads;
mod hyper;
mod instructions;
mod limit_epoll;
mod limit_uring;
mod report;
pub(crate) mod serve;
mod visit;
mod yibu;
mod yibu_stream;

use crate::load::Wait;
use crate::measure::{self, Machine, Server, Start};
use crate::{Result, load};
use report::Table;
use serde_json::json;
use std::convert::Infallible;
use std::net::TcpListener;
use std::time::Duration;

/// A server that gives the answer.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// Takes a listener and answers until the process is killed.
    pub(crate) serve: fn(TcpListener) -> Result<Infallible>,
    /// The drivers that it is measured with; none if it is as it is.
    pub(crate) drivers: &'static [Driver],
}

/// Everybody who can be started by name.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    Contestant {
        name: "limit-uring",
        serve: limit_uring::serve,
        drivers: &[Driver::Uring],
    },
    Contestant {
        name: "limit-epoll",
        serve: limit_epoll::serve,
        drivers: &[Driver::Poll],
    },
    Contestant {
        name: "yibu",
        serve: yibu::serve,
        drivers: &[Driver::Uring, Driver::Poll],
    },
    Contestant {
        name: "yibu-stream",
        serve: yibu_stream::serve,
        drivers: &[Driver::Uring, Driver::Poll],
    },
    Contestant {
        name: "hyper",
        serve: hyper::serve,
        drivers: &[],
    },
];

/// What a server waits with.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Driver {
    /// io_uring
    Uring,
    /// epoll
    Poll,
}

impl Driver {
    /// The word for it in `YIBU_DRIVER`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uring => "uring",
            Self::Poll => "poll",
        }
    }

    /// The limit that a server with this driver is measured against.
    fn limit(self) -> &'static str {
        match self {
            Self::Uring => "limit-uring",
            Self::Poll => "limit-epoll",
        }
    }
}

/// The contestant of that name.
pub(crate) fn contestant(name: &str) -> Result<&'static Contestant> {
    CONTESTANTS
        .iter()
        .find(|contestant| contestant.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = CONTESTANTS
                .iter()
                .map(|contestant| contestant.name)
                .collect();
            format!(
                "no contestant is called {name}; there are {}",
                names.join(", ")
            )
            .into()
        })
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each contestant is visited
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Requests in flight on each connection; a table for each number
    #[arg(long, value_delimiter = ',', default_value = "1,16", value_parser = clap::value_parser!(u16).range(1..=256))]
    pipeline: Vec<u16>,
    /// The drivers to measure, each beside its limit
    #[arg(long, value_enum, value_delimiter = ',', default_value = "uring,poll")]
    driver: Vec<Driver>,
    /// How long a visit takes
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    /// How the load waits for answers
    #[arg(long, value_enum, default_value = "spin")]
    wait: Wait,
    /// Results for programs
    #[arg(long)]
    json: bool,
    /// Count instructions in user space with valgrind instead of measuring time
    #[arg(long)]
    callgrind: bool,
}

/// A contestant with one of its drivers.
struct Entry {
    label: String,
    start: Start,
    /// The limits that it is compared with.
    limits: Vec<&'static str>,
}

/// `bench http-hello`; false if a bar was not met.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    if arguments.rounds == 0 || arguments.connections == 0 || arguments.driver.is_empty() {
        return Err("rounds, connections and drivers: at least one of each".into());
    }
    let entries = entries(&arguments.driver);
    let machine = Machine::here();
    if !arguments.json {
        print!("{machine}");
    }
    if arguments.callgrind {
        return instructions::main(&entries, arguments);
    }
    let _pinned = measure::pin(1)?;
    let mut tables = Vec::new();
    for &depth in &arguments.pipeline {
        let table = measure_depth(&entries, usize::from(depth), arguments)?;
        if !arguments.json {
            print!("\n{table}");
        }
        tables.push(table);
    }
    if arguments.json {
        let tables: Vec<_> = tables.iter().map(Table::to_json).collect();
        println!(
            "{:#}",
            json!({ "machine": machine.to_json(), "tables": tables })
        );
    }
    Ok(tables.iter().all(Table::bars_met))
}

/// Whom the chosen drivers bring: their limits, yibu with each, and the peers that have no driver, compared with every limit.
fn entries(drivers: &[Driver]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for contestant in CONTESTANTS {
        let start = Start {
            contestant: contestant.name,
            core: Some(0),
            ..Start::default()
        };
        if contestant.drivers.is_empty() {
            let limits = drivers.iter().map(|driver| driver.limit()).collect();
            entries.push(Entry {
                label: contestant.name.to_owned(),
                start,
                limits,
            });
            continue;
        }
        for driver in drivers
            .iter()
            .filter(|driver| contestant.drivers.contains(driver))
        {
            let several = contestant.drivers.len() > 1;
            let label = if several {
                format!("{} {}", contestant.name, driver.name())
            } else {
                contestant.name.to_owned()
            };
            let start = Start {
                driver: several.then_some(driver.name()),
                ..start.clone()
            };
            let limits = if several {
                vec![driver.limit()]
            } else {
                Vec::new()
            };
            entries.push(Entry {
                label,
                start,
                limits,
            });
        }
    }
    entries
}

/// All the rounds at one depth, with servers of their own: ticks of two depths never mix in one process.
fn measure_depth(entries: &[Entry], depth: usize, arguments: &Arguments) -> Result<Table> {
    let servers = entries
        .iter()
        .map(|entry| Server::start(&entry.start))
        .collect::<Result<Vec<_>>>()?;
    let plan = visit::Plan {
        connections: arguments.connections,
        depth,
        wait: arguments.wait,
        until: load::Until::Elapsed(Duration::try_from_secs_f64(arguments.seconds)?),
    };
    let mut table = Table::new(entries, &plan);
    for round in 0..arguments.rounds {
        let forth = 0..entries.len();
        let order: Vec<_> = if round % 2 == 0 {
            forth.collect()
        } else {
            forth.rev().collect()
        };
        for index in order {
            let visit = visit::visit(&servers[index], &plan)
                .map_err(|error| format!("{}: {error}", entries[index].label))?;
            table.add(index, visit);
        }
    }
    Ok(table)
}
