//! The table of one depth: medians over the rounds, ratios within each round, the bars.

#![forbid(unsafe_code)]

use super::Entry;
use super::visit::{Plan, Visit};
use crate::measure::{Interval, interval, median};
use serde_json::{Value, json};
use std::fmt;

/// What is asked of a contestant at one depth.
struct Bar {
    contestant: &'static str,
    depth: usize,
    user_us: f64,
    ratio: f64,
}

/// The most that a request may cost: user time, and the total as a multiple of the limit's.
const BARS: [Bar; 2] = [
    Bar {
        contestant: "yibu",
        depth: 1,
        user_us: 0.4,
        ratio: 1.05,
    },
    Bar {
        contestant: "yibu",
        depth: 16,
        user_us: 0.1,
        ratio: 1.15,
    },
];

/// The visits to all contestants at one depth.
pub(crate) struct Table {
    connections: usize,
    depth: usize,
    rows: Vec<Row>,
}

struct Row {
    label: String,
    contestant: &'static str,
    limits: Vec<&'static str>,
    visits: Vec<Visit>,
}

impl Table {
    pub(crate) fn new(entries: &[Entry], plan: &Plan) -> Self {
        let row = |entry: &Entry| Row {
            label: entry.label.clone(),
            contestant: entry.start.contestant,
            limits: entry.limits.clone(),
            visits: Vec::new(),
        };
        Self {
            connections: plan.connections,
            depth: plan.depth,
            rows: entries.iter().map(row).collect(),
        }
    }

    pub(crate) fn add(&mut self, index: usize, visit: Visit) {
        self.rows[index].visits.push(visit);
    }

    /// True unless a contestant that a bar is set for has missed it.
    pub(crate) fn bars_met(&self) -> bool {
        self.bars().iter().all(|(_, met)| *met)
    }

    /// A line for each bar, and whether it is met.
    fn bars(&self) -> Vec<(String, bool)> {
        let mut lines = Vec::new();
        for row in &self.rows {
            let Some(bar) = BARS
                .iter()
                .find(|bar| bar.contestant == row.contestant && bar.depth == self.depth)
            else {
                continue;
            };
            let user = row.user_us();
            lines.push((
                format!(
                    "{}: user {user:.3} µs a request, at most {}",
                    row.label, bar.user_us
                ),
                user <= bar.user_us,
            ));
            for (limit, ratio) in self.ratios(row) {
                let met = ratio.median <= bar.ratio;
                lines.push((
                    format!(
                        "{}: {:.3} times {limit}, at most {}",
                        row.label, ratio.median, bar.ratio
                    ),
                    met,
                ));
            }
        }
        lines
    }

    /// The row's cost as a multiple of each limit's, compared round by round.
    fn ratios(&self, row: &Row) -> Vec<(&'static str, Interval)> {
        let ratio = |limit: &&'static str| {
            let base = self
                .rows
                .iter()
                .find(|row| row.contestant == *limit)
                .expect("limits are measured");
            let rounds = row.visits.iter().zip(&base.visits);
            let ratios: Vec<_> = rounds
                .map(|(own, base)| own.cpu_us_per_request() / base.cpu_us_per_request())
                .collect();
            (*limit, interval(&ratios))
        };
        row.limits.iter().map(ratio).collect()
    }

    pub(crate) fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let ratios = self.ratios(row).into_iter().map(|(limit, ratio)| {
                json!({ "limit": limit, "low": ratio.low, "median": ratio.median, "high": ratio.high, "confidence": ratio.confidence })
            });
            json!({
                "contestant": row.label,
                "cpu_us_per_request": row.cpu_us().0, "user_us_per_request": row.user_us(), "user_us_error": row.user_error_us(),
                "requests_per_second": row.rate(), "ratios": ratios.collect::<Vec<_>>(),
                "rounds": row.visits.iter().map(Visit::cpu_us_per_request).collect::<Vec<_>>(),
            })
        });
        json!({
            "connections": self.connections, "pipeline": self.depth, "rows": rows.collect::<Vec<_>>(),
            "bars": self.bars().into_iter().map(|(what, met)| json!({ "what": what, "met": met })).collect::<Vec<_>>(),
        })
    }
}

impl Row {
    /// CPU per request: median, least and most over the rounds.
    fn cpu_us(&self) -> (f64, f64, f64) {
        let all: Vec<_> = self.visits.iter().map(Visit::cpu_us_per_request).collect();
        (
            median(&all),
            all.iter().copied().fold(f64::INFINITY, f64::min),
            all.iter().copied().fold(0.0, f64::max),
        )
    }

    fn rate(&self) -> f64 {
        median(
            &self
                .visits
                .iter()
                .map(Visit::requests_per_second)
                .collect::<Vec<_>>(),
        )
    }

    fn load_busy(&self) -> f64 {
        median(
            &self
                .visits
                .iter()
                .map(|visit| visit.load_busy)
                .collect::<Vec<_>>(),
        )
    }

    /// User and all ticks of all rounds: in one round there are too few.
    fn ticks(&self) -> (f64, f64) {
        let user: u64 = self.visits.iter().map(|visit| visit.ticks.user).sum();
        let system: u64 = self.visits.iter().map(|visit| visit.ticks.system).sum();
        (user as f64, (user + system) as f64)
    }

    /// All the CPU time of all the rounds, shared out by the ticks.
    fn user_us(&self) -> f64 {
        let (user, all) = self.ticks();
        self.mean_us() * user / all.max(1.0)
    }

    /// The standard error of that: the user ticks are a sample of a binomial distribution.
    fn user_error_us(&self) -> f64 {
        let (user, all) = self.ticks();
        let share = user / all.max(1.0);
        self.mean_us() * (share * (1.0 - share) / all.max(1.0)).sqrt()
    }

    fn mean_us(&self) -> f64 {
        let requests: u64 = self.visits.iter().map(|visit| visit.requests).sum();
        let cpu_ns: u64 = self.visits.iter().map(|visit| visit.cpu_ns).sum();
        cpu_ns as f64 / 1000.0 / requests as f64
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rows.first().map_or(0, |row| row.visits.len());
        writeln!(
            out,
            "{} connections, {} in flight on each, {rounds} rounds",
            self.connections, self.depth
        )?;
        writeln!(
            out,
            "{:18} {:>22} {:>15} {:>10} {:>6}  ratio to the limit in the same round",
            "", "CPU µs/request", "user µs", "requests/s", "load"
        )?;
        for row in &self.rows {
            let (cpu, least, most) = row.cpu_us();
            let cpu = format!("{cpu:.3} ({least:.3}-{most:.3})");
            let user = format!("{:.3} ±{:.3}", row.user_us(), row.user_error_us());
            write!(
                out,
                "{:18} {cpu:>22} {user:>15} {:>10.0} {:>5.0}% ",
                row.label,
                row.rate(),
                row.load_busy() * 100.0
            )?;
            for (
                limit,
                Interval {
                    low,
                    median,
                    high,
                    confidence,
                },
            ) in self.ratios(row)
            {
                write!(
                    out,
                    " {median:.3} [{low:.3}, {high:.3}] of {limit} ({:.0} %)",
                    confidence * 100.0
                )?;
            }
            writeln!(out)?;
        }
        for (what, met) in self.bars() {
            writeln!(out, "{}  {what}", if met { "pass" } else { "FAIL" })?;
        }
        writeln!(
            out,
            "User time is shared out by timer ticks (100 a second in /proc), over all rounds; ± is its standard error."
        )
    }
}
