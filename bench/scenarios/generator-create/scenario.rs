//! What a generator costs beside its resumes, on the stack where it can be there: made and dropped; made, resumed once and dropped; and the same in a box whose type is hidden.
//!
//! It yields the numbers from one on, and its address is shown to the optimiser, which else would leave it out. What has a stack of its own makes one; corosensei could be given one that was
//! used before.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Orders;
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::generator::{fold, folded, takes_at_most};

pub(crate) const SCENARIO: GeneratorCreate = GeneratorCreate;

pub(crate) struct GeneratorCreate;

const CREATED: &str = "created, dropped";
const STARTED: &str = "created, started, dropped";
const BOXED: &str = "boxed, created, started, dropped";

const ORDERS: Ordered = Ordered::any(1000, 1);

impl Scenario for GeneratorCreate {
    fn about(&self) -> &'static str {
        "a generator created and dropped"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[CREATED, STARTED, BOXED]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    /// genawaiter's generators on the stack stay there, and its others are boxed.
    fn takes(&self, contestant: &str, variant: &str) -> bool {
        match contestant {
            "genawaiter-stack" => variant != BOXED,
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
                takes_at_most(CREATED, Most::Median(2.0)),
                takes_at_most(STARTED, Most::Median(2.0)),
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

/// Carries out the orders with what makes a generator of the numbers from one on, and drops it; with what resumes it first, and gives what it yielded; and with what has it in a box.
pub(crate) fn run(
    orders: Orders,
    created: impl Fn(u64),
    started: impl Fn(u64) -> u64,
    boxed: impl Fn(u64) -> u64,
) -> Result<()> {
    match orders.variant() {
        CREATED => orders.run(|count| {
            each(count, |number| {
                created(number);
                number
            })
        }),
        STARTED => orders.run(|count| each(count, &started)),
        _ => orders.run(|count| each(count, &boxed)),
    }
}

#[inline(always)]
fn each(count: u64, work: impl Fn(u64) -> u64) -> u64 {
    (0..count).fold(0, |sum, number| fold(sum, work(number)))
}
