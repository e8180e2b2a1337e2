//! What every scenario is measured with: processes and their counters, rounds, statistics, the machine's description.
//!
//! ```text
//!   Scenario (a folder of scenarios/)     what one round does and what it must find
//!      ^ visit
//!   rounds: A B C, C B A, A B C …         each contestant a process on core 0, the load on core 1
//!      v samples
//!   results: median, interval, ratios     per scenario, variant, contestant and metric
//! ```
#![forbid(unsafe_code)]

mod machine;
mod metric;
mod ordered;
mod process;
pub(crate) mod python;
mod results;
mod rounds;
mod scenario;
mod state;
mod stats;

pub(crate) use machine::Machine;
pub(crate) use metric::{Bar, Better, Metric, Most};
pub(crate) use ordered::Ordered;
pub(crate) use process::{Memory, Process, Start, pin, process_cpu, thread_cpu};
pub(crate) use results::{Outcome, Ratio, Results, Row};
pub(crate) use rounds::{Plan, measure};
pub(crate) use scenario::{Scenario, Visit, Work};
pub(crate) use stats::{Interval, interval, median};
