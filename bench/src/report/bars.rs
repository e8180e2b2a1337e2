//! What was asked of yibu, and whether it is met.
#![forbid(unsafe_code)]

use crate::harness::{Most, Results, Scenario};

/// A line for each bar of these results, and whether it is met.
pub(crate) fn bars(scenario: &dyn Scenario, results: &Results) -> Vec<(String, bool)> {
    let own = scenario
        .bars()
        .iter()
        .filter(|bar| bar.variant == results.variant && scenario.metrics().contains(&bar.metric));
    let line = |bar: &crate::harness::Bar| {
        let outcome = results
            .outcomes
            .iter()
            .find(|outcome| outcome.contestant == bar.contestant)?;
        let (name, metric) = (
            format!("{} {}", bar.contestant, bar.metric.name),
            bar.metric,
        );
        let Some(row) = results.row(outcome, metric) else {
            return Some((format!("{name}: no result"), false));
        };
        Some(match (bar.most, row.to_limit) {
            (Most::Median(most), _) => (
                format!("{name}: {:.4} {}, at most {most}", row.median, metric.unit),
                row.median <= most,
            ),
            (Most::OfLimit(most), Some(ratio)) => (
                format!(
                    "{name}: {:.3} times {}, at most {most}",
                    ratio.interval.median, ratio.to
                ),
                ratio.interval.median <= most,
            ),
            (Most::Limit, Some(ratio)) => (
                format!(
                    "{name}: {:.3} [{:.3}, {:.3}] times {}, no dearer than it",
                    ratio.interval.median, ratio.interval.low, ratio.interval.high, ratio.to
                ),
                ratio.interval.low <= 1.0,
            ),
            (_, None) => (format!("{name}: the limit has no result"), false),
        })
    };
    own.filter_map(line).collect()
}
