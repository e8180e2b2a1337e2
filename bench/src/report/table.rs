//! Results for people: a table of one variant.
#![forbid(unsafe_code)]

use super::bars;
use crate::harness::{Metric, Outcome, Ratio, Results, Scenario};
use crate::registry::Kind;
use std::fmt::Write;

/// Near this share of the time at work, the load decides the rate.
const BUSY: f64 = 0.9;

/// The table, best contestant first, with what is to be said about it.
pub(crate) fn table(scenario: &dyn Scenario, results: &Results) -> String {
    let mut out = String::new();
    let Some((&first, others)) = scenario.metrics().split_first() else {
        return out;
    };
    write!(out, "\n{} {}\n{:28}", results.scenario, results.variant, "").ok();
    write!(
        out,
        "{:>30}  {:<30} {:<30}",
        title(first),
        "ratio to yibu",
        "ratio to the limit"
    )
    .ok();
    others.iter().for_each(|metric| {
        write!(out, " {:>1$}", title(*metric), width(*metric)).unwrap_or_default()
    });
    out.push('\n');
    for (outcome, row) in sorted(results, first) {
        let name = format!(
            "{} {}",
            outcome.contestant,
            outcome.version.as_deref().unwrap_or_default()
        );
        let value = format!(
            "{} ({}-{})",
            short(row.median),
            short(row.min),
            short(row.max)
        );
        write!(
            out,
            "{name:28}{value:>30}  {:<30} {:<30}",
            ratio(row.to_yibu),
            ratio(row.to_limit)
        )
        .ok();
        for metric in others {
            let value = results
                .row(outcome, *metric)
                .map_or("-".into(), |row| short(row.median));
            write!(out, " {value:>0$}", width(*metric)).ok();
        }
        out.push('\n');
    }
    remarks(&mut out, results, first);
    for (what, met) in bars(scenario, results) {
        writeln!(out, "{}  {what}", if met { "pass" } else { "FAIL" }).ok();
    }
    out
}

fn title(metric: Metric) -> String {
    format!("{} {}", metric.name, metric.unit)
}

/// Of a column.
fn width(metric: Metric) -> usize {
    title(metric).len().max(13)
}

/// The contestants that have a result, best first.
pub(super) fn sorted(results: &Results, metric: Metric) -> Vec<(&Outcome, crate::harness::Row)> {
    let rows = results.outcomes.iter();
    let mut rows: Vec<_> = rows
        .filter_map(|outcome| Some((outcome, results.row(outcome, metric)?)))
        .collect();
    rows.sort_by(|(_, one), (_, other)| one.median.total_cmp(&other.median));
    if metric.better == crate::harness::Better::Higher {
        rows.reverse();
    }
    rows
}

fn ratio(ratio: Option<Ratio>) -> String {
    let Some(ratio) = ratio else {
        return "-".to_owned();
    };
    let interval = ratio.interval;
    let sure = if interval.confidence < 0.95 {
        format!(" ({:.0} %)", interval.confidence * 100.0)
    } else {
        String::new()
    };
    format!(
        "{:.3} [{:.3}, {:.3}]{sure}",
        interval.median, interval.low, interval.high
    )
}

/// Four significant digits, and thousands by letters.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1e7 => format!("{:.1}M", value / 1e6),
        size if size >= 1e5 => format!("{:.1}k", value / 1e3),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Who is disqualified, who cannot be told from yibu, and where the load decided.
fn remarks(out: &mut String, results: &Results, first: Metric) {
    for outcome in &results.outcomes {
        if let Some(reason) = &outcome.disqualified {
            writeln!(out, "DISQUALIFIED {}: {reason}", outcome.contestant).ok();
        }
    }
    if let Some(said) = results.says_left_out() {
        writeln!(out, "{said}").ok();
    }
    let close = results.outcomes.iter().filter(|outcome| {
        let row = results.row(outcome, first);
        outcome.kind == Kind::Peer
            && row
                .and_then(|row| row.to_yibu)
                .is_some_and(|ratio| ratio.is_too_close())
    });
    let close: Vec<_> = close.map(|outcome| outcome.contestant).collect();
    if !close.is_empty() {
        writeln!(
            out,
            "too noisy to tell from yibu by {}: {}",
            first.name,
            close.join(", ")
        )
        .ok();
    }
    let is_bound = |outcome: &&Outcome| {
        outcome.load_busy().is_some_and(|busy| busy > BUSY)
            && outcome.busy().is_none_or(|busy| busy < BUSY)
    };
    let bound: Vec<_> = results
        .outcomes
        .iter()
        .filter(is_bound)
        .map(|outcome| outcome.contestant)
        .collect();
    if !bound.is_empty() {
        writeln!(
            out,
            "the load was the bottleneck of (so their rates and latencies are the load's): {}",
            bound.join(", ")
        )
        .ok();
    }
}
