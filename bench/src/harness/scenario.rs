//! What a scenario says about itself.
#![forbid(unsafe_code)]

use super::{Bar, Metric, Process, Start};
use crate::Result;
use hdrhistogram::Histogram;
use std::time::Duration;

/// A kind of work, the same for all contestants.
///
/// Errors of [`visit`](Self::visit) are answers that are wrong, too late or missing: they disqualify the contestant.
pub(crate) trait Scenario: Sync {
    /// One line.
    fn about(&self) -> &'static str;

    /// The forms in which it is measured, each with a table of its own.
    fn variants(&self) -> &'static [&'static str];

    /// The contestant that is the limit, unless a contestant names another.
    fn limit(&self) -> Option<&'static str> {
        None
    }

    /// Whether a contestant takes part in a variant: not everybody has all that is asked for.
    fn takes(&self, _contestant: &str, _variant: &str) -> bool {
        true
    }

    /// What is shown and compared; the first is what it is about, and what is plotted.
    fn metrics(&self) -> &'static [Metric];

    /// What is asked of yibu.
    fn bars(&self) -> &'static [Bar] {
        &[]
    }

    /// Whether it takes part only when it is named: because it tests the harness and not a contestant, say.
    fn is_hidden(&self) -> bool {
        false
    }

    /// Whether all contestants are there at once and take turns in rounds. If not, each is measured in a process that is started for the
    /// round and stopped after it: for work that would leave something behind.
    fn shares_time(&self) -> bool {
        true
    }

    /// How many rounds are measured when so many are asked for: fewer where a round takes seconds and tells nearly the same every time.
    fn rounds(&self, asked: usize, _quick: bool) -> usize {
        asked
    }

    /// Changes how a contestant is started.
    fn start(&self, _variant: &str, _start: &mut Start) -> Result<()> {
        Ok(())
    }

    /// Removes what [`start`](Self::start) made for a variant; every contestant has ended.
    fn end(&self) {}

    /// One contestant's part of one round: does the work, verifies it and says how much it was.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work>;

    /// Has the contestant do about so many operations, however slow it is, and says how many they were: what
    /// [`instructions`](crate::instructions) are counted of. What this does besides, such as opening connections, must not depend on their number.
    ///
    /// A worker's is one order. A scenario of servers has to say what its operations are.
    fn some_work(&self, process: &mut Process, _variant: &str, operations: u64) -> Result<u64> {
        process.order(operations)?;
        Ok(operations)
    }
}

/// What a visit is to do.
pub(crate) struct Visit<'a> {
    pub(crate) variant: &'a str,
    /// About how long it is to take.
    pub(crate) length: Duration,
    /// Everything but time may be less, too.
    pub(crate) quick: bool,
}

/// What was done in a visit, all of it verified.
pub(crate) struct Work {
    /// What costs are shared out by; the harness adds what the system counted between [`Process::begin`] and [`Process::end`].
    pub(crate) operations: u64,
    pub(crate) elapsed: Duration,
    /// The share of the time for which the load was at work: near one, it and not the contestant decides the rate.
    pub(crate) load_busy: Option<f64>,
    /// In nanoseconds.
    pub(crate) latencies: Option<Histogram<u64>>,
    /// The scenario's own metrics, by name.
    pub(crate) own: Vec<(&'static str, f64)>,
}

impl Work {
    /// So many operations in this time, and nothing else to say.
    pub(crate) fn new(operations: u64, elapsed: Duration) -> Self {
        Self {
            operations,
            elapsed,
            load_busy: None,
            latencies: None,
            own: Vec::new(),
        }
    }
}
