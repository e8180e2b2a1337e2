//! `bench checks`: what yibu's server does that is not a matter of time: 100,000 connections leave nothing behind ([`churn`]), and
//! it lives at the limit of descriptors ([`full`]). Prints a line for each thing that is asked, pass or FAIL.
#![forbid(unsafe_code)]

mod churn;
mod full;

use crate::harness::{Machine, Start};
use crate::load::crowd;
use crate::{Result, registry};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The driver; both if none is given
    #[arg(long, value_enum)]
    driver: Option<Driver>,
    /// Connections opened and closed
    #[arg(long, default_value_t = 100_000)]
    connections: usize,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Driver {
    Uring,
    Poll,
}

impl Driver {
    /// The contestant of `http-hello` that runs on it.
    fn contestant(self) -> &'static str {
        match self {
            Self::Uring => "yibu",
            Self::Poll => "yibu-poll",
        }
    }
}

/// True if everything held.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    print!("{}", Machine::here());
    crowd::allow_descriptors()?;
    let http = registry::scenario("http-hello")?;
    let drivers = match arguments.driver {
        Some(driver) => vec![driver],
        None => vec![Driver::Uring, Driver::Poll],
    };
    let mut checks = Checks { all_hold: true };
    for driver in drivers {
        let name = driver.contestant();
        let start = Start {
            everywhere: true,
            core: None,
            ..Start::new(http.name, name, http.contestant(name)?, "")
        };
        println!("\n{name}");
        churn::check(&start, arguments.connections, &mut checks)?;
        full::check(&start, &mut checks)?;
    }
    Ok(checks.all_hold)
}

/// Prints what was checked and remembers whether all of it held.
struct Checks {
    all_hold: bool,
}

impl Checks {
    fn check(&mut self, holds: bool, what: &str) {
        println!("{}  {what}", if holds { "pass" } else { "FAIL" });
        self.all_hold &= holds;
    }
}
