//! What passes through five levels: a body that yields numbers, inside of five that pass them on; known when compiling, or a chain of boxes whose types are hidden.
//!
//! The limit is machines written by hand, one inside of the other. What has a stack of its own calls functions where the others delegate; its chain is one of coroutines.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::generator::{few_instructions, folded, takes_at_most};

pub(crate) const SCENARIO: GeneratorDelegation = GeneratorDelegation;

pub(crate) struct GeneratorDelegation;

pub(crate) const STATIC: &str = "static";
pub(crate) const CHAIN: &str = "boxed chain";

const ORDERS: Ordered = Ordered::any(1000, 1);

impl Scenario for GeneratorDelegation {
    fn about(&self) -> &'static str {
        "a resume through five levels of delegation"
    }

    fn variants(&self) -> &'static [&'static str] {
        &[STATIC, CHAIN]
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit")
    }

    /// Those two of yibu's are boxed.
    fn takes(&self, contestant: &str, variant: &str) -> bool {
        match contestant {
            "yibu-yield-from" | "yibu-delegate" => variant == CHAIN,
            _ => true,
        }
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::WALL, Metric::CPU]
    }

    fn bars(&self) -> &'static [Bar] {
        const {
            &[
                few_instructions(STATIC),
                takes_at_most(CHAIN, Most::BestPeer),
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
