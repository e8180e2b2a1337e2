//! What a worker says of an order that it has carried out.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::process_cpu;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// An order carried out: as text, the line that goes to the harness.
pub(crate) struct Done {
    /// From start to end of what is measured.
    pub(crate) wall: Duration,
    /// The CPU time of all the worker's threads in that time, user and system. Not the harness's accounting, which has what was set up before, too.
    pub(crate) cpu: Duration,
    /// A number that proves the work.
    pub(crate) proof: u64,
}

/// What is measured began when this was made.
///
/// A thread of the worker that runs on another core at either end is counted up to its last tick or switch: with more than one thread, an order must
/// take many milliseconds.
pub(crate) struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    /// Begins.
    pub(crate) fn start() -> Self {
        let cpu = process_cpu();
        Self {
            wall: Instant::now(),
            cpu,
        }
    }

    /// Ends, with the proof of what was done meanwhile.
    pub(crate) fn done(self, proof: u64) -> Done {
        Done {
            wall: self.wall.elapsed(),
            cpu: process_cpu() - self.cpu,
            proof,
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} {} {}",
            self.wall.as_nanos(),
            self.cpu.as_nanos(),
            self.proof
        )
    }
}

impl FromStr for Done {
    type Err = Box<dyn std::error::Error>;

    fn from_str(line: &str) -> Result<Self> {
        let mut numbers = line.split(' ').map(str::parse);
        let mut next = || -> Result<u64> {
            let number = numbers.next().and_then(Result::ok);
            Ok(number.ok_or_else(|| format!("it answered {line:?}"))?)
        };
        Ok(Self {
            wall: Duration::from_nanos(next()?),
            cpu: Duration::from_nanos(next()?),
            proof: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_done() {
        let done: Done = "48210 47100 499500".parse().unwrap();
        assert_eq!(done.wall, Duration::from_nanos(48_210));
        assert_eq!(done.cpu, Duration::from_nanos(47_100));
        assert_eq!(done.proof, 499_500);
        assert_eq!(done.to_string(), "48210 47100 499500");
    }

    #[test]
    fn a_line_that_says_less_is_an_error() {
        assert!("48210 499500".parse::<Done>().is_err());
        assert!("48210 soon 499500".parse::<Done>().is_err());
    }
}
