//! Values sent back and forth: a body folds the numbers that are sent to it and yields each sum, and who sends them folds the sums.
//!
//! The limit is a machine written by hand. Beside it a generator asks on every resume whether it was started, whether it has finished and whether its handle is the right one, and the value
//! passes through a cell with room for either direction.
//! async-stream and gen blocks send nothing.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Bar, Metric, Most, Ordered, Process, Scenario, Visit, Work};
use crate::kit::generator::{BOXED, PLAIN, fold, folded, folded_twice, takes_at_most};

pub(crate) const SCENARIO: GeneratorSend = GeneratorSend;

pub(crate) struct GeneratorSend;

const ORDERS: Ordered = Ordered::any(1000, 1);

impl Scenario for GeneratorSend {
    fn about(&self) -> &'static str {
        "a value sent to a generator, and one yielded back"
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
                takes_at_most(PLAIN, Most::BestPeer),
                takes_at_most(PLAIN, Most::OfLimit(4.0)),
                takes_at_most(BOXED, Most::BestPeer),
            ]
        }
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        ORDERS.visit(process, visit, |count| folded(count) + folded_twice(count))
    }

    fn some_work(&self, process: &mut Process, _variant: &str, operations: u64) -> Result<u64> {
        ORDERS.some_work(process, operations)
    }
}

/// What a resume came to.
pub(crate) enum State {
    Yielded(u64),
    Complete(u64),
}

/// Sends numbers to what yielded at its start `first`, until it completes.
#[inline(always)]
pub(crate) fn send_all(first: State, mut send: impl FnMut(u64) -> State) -> u64 {
    let (mut sums, mut number, mut state) = (0, 0, first);
    loop {
        match state {
            State::Yielded(sum) => sums = fold(sums, sum),
            State::Complete(sum) => return sum + sums,
        }
        state = send(number);
        number += 1;
    }
}
