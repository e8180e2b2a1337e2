//! One object a line, for programs.
#![forbid(unsafe_code)]

use crate::harness::{Interval, Ratio, Results, Scenario};
use serde_json::{Value, json};

/// A line for each contestant and metric; one with `disqualified` for a contestant that has no result.
pub(crate) fn lines(scenario: &dyn Scenario, results: &Results) -> Vec<Value> {
    let mut lines = Vec::new();
    for outcome in &results.outcomes {
        let who = json!({
            "scenario": results.scenario, "variant": results.variant, "contestant": outcome.contestant,
            "kind": outcome.kind.name(), "version": outcome.version,
        });
        if let Some(reason) = &outcome.disqualified {
            lines.push(merged(&who, json!({ "disqualified": reason })));
        }
        for row in scenario
            .metrics()
            .iter()
            .filter_map(|metric| results.row(outcome, *metric))
        {
            lines.push(merged(&who, json!({
                "metric": row.metric.name, "unit": row.metric.unit, "better": row.metric.better.name(),
                "median": row.median, "min": row.min, "max": row.max, "rounds": row.rounds, "left_out": results.left_out, "noise": row.noise,
                "ratio_to_yibu": row.to_yibu.map(|ratio| ratio.interval.median),
                "ratio_to_yibu_interval": row.to_yibu.map(bounds),
                "ratio_to_limit": row.to_limit.map(|ratio| ratio.interval.median),
                "ratio_to_limit_interval": row.to_limit.map(bounds),
                "limit": row.to_limit.map(|ratio| ratio.to),
                "values": results.values(outcome, row.metric),
            })));
        }
    }
    lines
}

fn bounds(ratio: Ratio) -> Value {
    let Interval {
        low,
        high,
        confidence,
        ..
    } = ratio.interval;
    json!({ "low": low, "high": high, "confidence": confidence })
}

fn merged(first: &Value, second: Value) -> Value {
    let mut merged = first.clone();
    if let (Value::Object(merged), Value::Object(second)) = (&mut merged, second) {
        merged.extend(second);
    }
    merged
}
