//! Contestants with planted faults: whether the harness disqualifies who answers wrongly or dies, measures who is twice as slow as twice as
//! slow, and lets nobody's failure stop the others. It tests the harness (`tests/planted.rs`) and says nothing about yibu: its `yibu` is the plain
//! server without a fault, so that ratios refer to it.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Metric, Process, Scenario, Visit, Work};
use crate::load::{Load, Until, Wait};

pub(crate) const SCENARIO: Planted = Planted;

pub(crate) struct Planted;

impl Scenario for Planted {
    fn about(&self) -> &'static str {
        "planted faults: a test of the harness"
    }

    fn variants(&self) -> &'static [&'static str] {
        &["8 connections"]
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::CPU, Metric::RATE, Metric::P50]
    }

    fn is_hidden(&self) -> bool {
        true
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let mut load = Load::connect(process.address()?, 8, 1, Wait::Spin)?;
        load.run(Until::Requests(1))?;
        process.begin()?;
        let report = load.run(Until::Elapsed(visit.length))?;
        process.end()?;
        Ok(report.into())
    }
}
