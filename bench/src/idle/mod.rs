//! Many connections: opened and closed, held idle, and more of them than there are descriptors.
//!
//! The server and the client are two processes, since each may open only so many descriptors; the client reaches the
//! server by several loopback addresses, since each pair of addresses has only so many ports.

#![forbid(unsafe_code)]

mod client;
mod full;
mod memory;

use crate::Result;
use crate::http_hello::{Driver, contestant};
use crate::measure::{Machine, Start};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Connections held idle at once
    #[arg(long, default_value_t = 15_000)]
    connections: usize,
    /// Connections opened and closed before
    #[arg(long, default_value_t = 100_000)]
    churn: usize,
    /// The contestant
    #[arg(long, default_value = "yibu")]
    server: String,
    /// The driver, for contestants that have several
    #[arg(long, value_enum)]
    driver: Option<Driver>,
}

/// `bench idle`; false if a check failed.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    if arguments.connections == 0 {
        return Err("at least one idle connection".into());
    }
    print!("{}", Machine::here());
    let contestant = contestant(&arguments.server)?;
    let start = Start {
        contestant: contestant.name,
        driver: arguments.driver.map(Driver::name),
        everywhere: true,
        ..Start::default()
    };
    let driver = arguments.driver.map_or("its own driver", Driver::name);
    println!("server: {} ({driver})", contestant.name);
    let mut checks = Checks { all_met: true };
    memory::check(&start, arguments.churn, arguments.connections, &mut checks)?;
    full::check(&start, &mut checks)?;
    Ok(checks.all_met)
}

/// Prints what was checked and remembers whether all of it held.
struct Checks {
    all_met: bool,
}

impl Checks {
    fn check(&mut self, met: bool, what: &str) {
        println!("{}  {what}", if met { "pass" } else { "FAIL" });
        self.all_met &= met;
    }
}
