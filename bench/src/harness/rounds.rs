//! Rounds: every contestant in turn, in the reverse order every second round.
#![forbid(unsafe_code)]

use super::process::Counters;
use super::{Metric, Outcome, Process, Results, Start, Visit, Work, pin, python, state};
use crate::Result;
use crate::contestant::Program;
use crate::registry::{Entry, Kind};
use hdrhistogram::Histogram;
use std::time::Duration;

/// How much is measured.
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// How long a visit is.
    pub(crate) length: Duration,
    pub(crate) quick: bool,
    /// The peers that take part; `None` for all.
    pub(crate) peers: Option<Vec<String>>,
    /// Says what is being done.
    pub(crate) progress: fn(&str),
}

impl Plan {
    fn takes(&self, name: &str) -> bool {
        let named = |peers: &Vec<String>| peers.iter().any(|peer| peer == name);
        Kind::of(name) != Kind::Peer || self.peers.as_ref().is_none_or(named)
    }
}

/// What one contestant did in one round.
pub(super) struct Sample {
    pub(super) round: usize,
    pub(super) operations: u64,
    pub(super) elapsed: Duration,
    pub(super) counters: Counters,
    pub(super) load_busy: Option<f64>,
    latencies: Option<Histogram<u64>>,
    own: Vec<(&'static str, f64)>,
    peak_memory: u64,
}

impl Sample {
    /// The metric's value in this round, if there is one.
    pub(super) fn value(&self, metric: Metric) -> Option<f64> {
        // What the scenario says goes before what the system counted: a worker knows what it was set up for and what it was measured for.
        let own = self.own.iter().find(|(name, _)| *name == metric.name);
        if let Some((_, value)) = own {
            return Some(*value);
        }
        let each = |total: f64| (self.operations > 0).then(|| total / self.operations as f64);
        let ticks = (self.counters.user + self.counters.system).max(1) as f64;
        let cpu = self.counters.cpu_ns as f64;
        let latency = |of: f64| {
            let latencies = self.latencies.as_ref()?;
            (!latencies.is_empty()).then(|| latencies.value_at_quantile(of) as f64 / 1000.0)
        };
        match metric {
            Metric::CPU => each(cpu),
            Metric::USER => each(cpu * self.counters.user as f64 / ticks),
            Metric::SYSTEM => each(cpu * self.counters.system as f64 / ticks),
            Metric::WALL => each(self.elapsed.as_nanos() as f64),
            Metric::RATE => Some(self.operations as f64 / self.elapsed.as_secs_f64()),
            Metric::P50 => latency(0.5),
            Metric::P99 => latency(0.99),
            Metric::P999 => latency(0.999),
            Metric::MAX => latency(1.0),
            Metric::SWITCHES => each(1000.0 * self.counters.switches as f64),
            Metric::MEMORY => Some(self.peak_memory as f64),
            _ => None,
        }
    }
}

/// Measures one variant of a scenario. A contestant that fails is disqualified, and the others go on.
pub(crate) fn measure(
    entry: &'static Entry,
    variant: &'static str,
    plan: &Plan,
) -> Result<Results> {
    let _pinned = pin(1)?;
    let _ended = End(entry);
    let mut outcomes = Vec::new();
    let mut lanes = Vec::new();
    for &(name, contestant) in entry
        .contestants
        .iter()
        .filter(|(name, _)| plan.takes(name))
    {
        let mut lane = Lane {
            start: Start::new(entry.name, name, contestant, variant),
            process: None,
        };
        if plan.quick {
            lane.start.environment.push(("BENCH_QUICK", "1".to_owned()));
        }
        let ready = match contestant.program {
            Program::Python(_) => python::prepare(),
            _ => Ok(()),
        };
        let ready = ready.and_then(|()| entry.scenario.start(variant, &mut lane.start));
        let ready = ready.and_then(|()| {
            if entry.scenario.shares_time() {
                lane.open()
            } else {
                Ok(())
            }
        });
        outcomes.push(Outcome {
            contestant: name,
            kind: Kind::of(name),
            version: contestant.version(),
            limit: contestant
                .limit
                .or(entry.scenario.limit())
                .filter(|limit| *limit != name),
            samples: Vec::new(),
            disqualified: ready.err().map(|error| error.to_string()),
        });
        lanes.push(lane);
    }
    let rounds = entry.scenario.rounds(plan.rounds, plan.quick);
    for round in 0..rounds {
        let mut order: Vec<_> = (0..lanes.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let (lane, outcome) = (&mut lanes[index], &mut outcomes[index]);
            if outcome.disqualified.is_some() {
                continue;
            }
            (plan.progress)(&format!(
                "{} {variant}: round {}/{}, {}",
                entry.name,
                round + 1,
                rounds,
                outcome.contestant
            ));
            match lane.visit(entry, variant, round, plan) {
                Ok(sample) => outcome.samples.push(sample),
                Err(error) => {
                    let process = lane.process.take();
                    let error = error.to_string();
                    outcome.disqualified = Some(match process {
                        Some(mut process) => process.blame(&error),
                        None => error,
                    });
                }
            }
        }
    }
    let (first, mut left_out) = (entry.scenario.metrics().first(), Vec::new());
    if let Some(&first) = first {
        let values: Vec<_> = outcomes
            .iter()
            .map(|outcome| by_round(outcome, first))
            .collect();
        left_out = state::left_out(&values);
    }
    for outcome in &mut outcomes {
        outcome
            .samples
            .retain(|sample| !left_out.contains(&sample.round));
    }
    Ok(Results {
        scenario: entry.name,
        variant,
        outcomes,
        rounds,
        left_out: left_out.len(),
    })
}

/// A contestant's rounds, and its values in them.
fn by_round(outcome: &Outcome, metric: Metric) -> Vec<(usize, f64)> {
    let value = |sample: &Sample| Some((sample.round, sample.value(metric)?));
    let counts = outcome.disqualified.is_none();
    outcome
        .samples
        .iter()
        .filter(|_| counts)
        .filter_map(value)
        .collect()
}

/// Ends the scenario's variant when dropped, which is after the contestants are.
struct End(&'static Entry);

impl Drop for End {
    fn drop(&mut self) {
        self.0.scenario.end();
    }
}

/// A contestant in its turns.
struct Lane {
    start: Start,
    process: Option<Process>,
}

impl Lane {
    fn open(&mut self) -> Result<()> {
        self.process = Some(Process::start(&self.start)?);
        Ok(())
    }

    fn visit(&mut self, entry: &Entry, variant: &str, round: usize, plan: &Plan) -> Result<Sample> {
        if !entry.scenario.shares_time() {
            self.open()?;
        }
        let process = self.process.as_mut().ok_or("it does not run")?;
        let visit = Visit {
            variant,
            length: plan.length,
            quick: plan.quick,
        };
        let Work {
            operations,
            elapsed,
            load_busy,
            latencies,
            own,
        } = entry.scenario.visit(process, &visit)?;
        let sample = Sample {
            round,
            operations,
            elapsed,
            counters: process.counted(),
            load_busy,
            latencies,
            own,
            peak_memory: process.peak_memory()?,
        };
        if !entry.scenario.shares_time() {
            self.process = None;
        }
        Ok(sample)
    }
}
