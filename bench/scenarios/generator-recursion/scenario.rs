//! A resume at the bottom of a recursion, 10 to 10,000 bodies deep, which yields numbers there.
//!
//! The way down is not timed. A chain of boxed bodies or of `yield from` takes longer the deeper it is; what has a stack of its own, in memory or as a list of frames, does not.
//! The limit is a list of frames written by hand.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Done, Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::generator::{fold_all, folded, takes_at_most};

pub(crate) const SCENARIO: GeneratorRecursion = GeneratorRecursion;

pub(crate) struct GeneratorRecursion;

const DEPTHS: &[&str] = &["depth 10", "depth 100", "depth 1,000", "depth 10,000"];

/// A variant's.
fn depth(variant: &str) -> Result<u64> {
    let digits: String = variant.chars().filter(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}

impl Scenario for GeneratorRecursion {
    fn about(&self) -> &'static str {
        "a resume at the bottom of a recursion"
    }

    fn variants(&self) -> &'static [&'static str] {
        DEPTHS
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU, Metric::MEMORY]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                takes_at_most("depth 10", Most::Median(6.0)),
                takes_at_most("depth 100", Most::Median(6.0)),
                takes_at_most("depth 1,000", Most::Median(6.0)),
                takes_at_most("depth 10,000", Most::Median(6.0)),
            ]
        }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        Ordered::any(1000, 1).visit(process, visit, folded)
    }

    fn some_work(&self, process: &mut Process, _variant: &str, operations: u64) -> Result<u64> {
        Ordered::any(1000, 1).some_work(process, operations)
    }
}

/// Carries out the orders with a function that goes to a depth and yields so many numbers there, and gives [`all`] of them.
pub(crate) fn run(orders: Orders, work: fn(u64, u64) -> Done) -> Result<()> {
    let depth = depth(orders.variant())?;
    orders.run_timed(|count| work(depth, count))
}

/// Numbers that were yielded. The first, which comes at the end of the way down, is a zero.
pub(crate) fn all(mut numbers: impl Iterator<Item = u64>) -> Done {
    numbers.next();
    let began = Stopwatch::start();
    let sum = fold_all(&mut numbers);
    began.done(sum)
}
