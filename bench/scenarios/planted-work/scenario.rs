//! Workers of which one does twice as much as the other: whether instructions are counted as many as there are. It tests
//! `--callgrind` (`tests/instructions.rs`) and says nothing about yibu.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Orders;
use crate::harness::{Bar, Metric, Most, Process, Scenario, Visit, Work};
use std::hint::black_box;

pub(crate) const SCENARIO: PlantedWork = PlantedWork;

pub(crate) struct PlantedWork;

/// Additions in an operation of the limit.
pub(crate) const ADDITIONS: u64 = 100;

impl Scenario for PlantedWork {
    fn about(&self) -> &'static str {
        "planted work: a test of the harness"
    }

    fn variants(&self) -> &'static [&'static str] {
        &["additions"]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL]
    }

    /// A bar by instructions counts only where they are counted.
    fn bars(&self) -> &'static [Bar] {
        &[Bar {
            contestant: "yibu",
            variant: "additions",
            metric: Metric::INSTRUCTIONS,
            most: Most::OfLimit(2.1),
        }]
    }

    fn is_hidden(&self) -> bool {
        true
    }

    fn visit(&self, process: &mut Process, _visit: &Visit<'_>) -> Result<Work> {
        const OPERATIONS: u64 = 10_000;
        process.begin()?;
        let took = process.order(OPERATIONS)?.wall;
        process.end()?;
        Ok(Work::new(OPERATIONS, took))
    }
}

/// Carries out the orders with so many additions for each operation.
pub(crate) fn run(orders: Orders, additions: u64) -> Result<()> {
    orders.run(|count| (0..count * additions).fold(0, |sum, one| black_box(sum + (one & 1))))
}
