//! What a resume costs: a generator of the numbers from 0, which are folded.
//!
//! The limit is a machine written by hand, with a state for the start and one for every yield, as a generator has; an iterator written by hand, which has no start, stands beside it.
//! Below 2 ns times flip between two levels from process to process, so the bar of the plain form is in instructions.
//! async-stream's streams and boxed ones are polled with a waker that does nothing. Coroutines and gen blocks are the language's own, where a nightly compiler is installed.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::generator::{BOXED, PLAIN, few_instructions, folded, takes_at_most};

pub(crate) const SCENARIO: GeneratorSum = GeneratorSum;

pub(crate) struct GeneratorSum;

const ORDERS: Ordered = Ordered::any(1000, 1);

impl Scenario for GeneratorSum {
    fn about(&self) -> &'static str {
        "a resume: what a generator yields is summed"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[PLAIN, BOXED]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    /// genawaiter's generators on the stack stay there, and its others are boxed.
    fn takes(&self, contestant: &str, variant: &str) -> bool {
        match contestant {
            "genawaiter-stack" => variant == PLAIN,
            "genawaiter-rc" => variant == BOXED,
            _ => true,
        }
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                few_instructions(PLAIN),
                takes_at_most(BOXED, Most::BestPeer),
            ]
        }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        ORDERS.visit(process, visit, folded)
    }

    fn some_work(&self, process: &mut Process, _variant: &str, operations: u64) -> Result<u64> {
        ORDERS.some_work(process, operations)
    }
}
