//! A walk of a tree that has become a list, 10 to 10,000 nodes deep, by a generator that calls itself for each child: what a node costs.
//!
//! Where a resume passes through every level above, the walk takes time in the square of the depth. The limit is an iterator written by hand, with a list of the nodes above.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Orders, Stopwatch};
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::generator::{Node, Tree, folded, takes_at_most};

pub(crate) const SCENARIO: GeneratorTree = GeneratorTree;

pub(crate) struct GeneratorTree;

const DEPTHS: &[&str] = &["depth 10", "depth 100", "depth 1,000", "depth 10,000"];

/// A variant's.
fn depth(variant: &str) -> Result<u64> {
    let digits: String = variant.chars().filter(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}

impl Scenario for GeneratorTree {
    fn about(&self) -> &'static str {
        "a walk of a degenerate tree, by recursion"
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
                takes_at_most("depth 10", Most::BestPeer),
                takes_at_most("depth 10,000", Most::BestPeer),
            ]
        }
    }

    /// An order is so many walks.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let depth = depth(visit.variant)?;
        Ordered::any(1, depth).visit(process, visit, |walks| walks * folded(depth))
    }

    fn some_work(&self, process: &mut Process, variant: &str, operations: u64) -> Result<u64> {
        Ordered::any(1, depth(variant)?).some_work(process, operations)
    }
}

/// Carries out the orders with a function that walks a tree, and folds its numbers.
pub(crate) fn run(orders: Orders, work: fn(&'static Tree) -> u64) -> Result<()> {
    let tree = Box::leak(Box::new(Node::chain(depth(orders.variant())?)));
    orders.run_timed(|walks| {
        let began = Stopwatch::start();
        let sum = (0..walks).map(|_| work(tree)).sum();
        began.done(sum)
    })
}
