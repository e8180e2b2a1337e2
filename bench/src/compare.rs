//! `bench compare`: two runs beside each other, by their ratios to yibu or to the limit.
//!
//! Figures of two runs cannot be compared on a machine that drifts; ratios taken within a round can. Two of them are told apart
//! when their intervals do not overlap.
#![forbid(unsafe_code)]

use crate::Result;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// What `--json` printed in one run
    before: PathBuf,
    /// And in another
    after: PathBuf,
    /// The metric; each scenario's first if not given
    #[arg(long)]
    metric: Option<String>,
    /// Compare ratios to the limit instead of those to yibu
    #[arg(long)]
    to_limit: bool,
}

/// A ratio of one run.
struct Found {
    who: [String; 3],
    metric: String,
    low: f64,
    median: f64,
    high: f64,
}

/// Compares; false if fewer than nine in ten agree.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    let (before, after) = (
        read(&arguments.before, arguments)?,
        read(&arguments.after, arguments)?,
    );
    let (mut agree, mut all) = (0, 0);
    for new in &after {
        let Some(old) = before
            .iter()
            .find(|old| old.who == new.who && old.metric == new.metric)
        else {
            continue;
        };
        let overlap = old.low <= new.high && new.low <= old.high;
        all += 1;
        agree += usize::from(overlap);
        let [scenario, variant, contestant] = &new.who;
        println!(
            "{}  {scenario} {variant}, {contestant} {}: {:.3} [{:.3}, {:.3}], then {:.3} [{:.3}, {:.3}]",
            if overlap { "same  " } else { "DIFFER" },
            new.metric,
            old.median,
            old.low,
            old.high,
            new.median,
            new.low,
            new.high,
        );
    }
    if all == 0 {
        return Err("the two files have no ratio in common".into());
    }
    println!(
        "{agree} of {all} intervals overlap ({:.0} %)",
        100.0 * agree as f64 / all as f64
    );
    Ok(agree * 10 >= all * 9)
}

/// The ratios in a file; of each scenario's first metric, unless one is named.
fn read(path: &Path, arguments: &Arguments) -> Result<Vec<Found>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let field = if arguments.to_limit { "limit" } else { "yibu" };
    let mut found: Vec<Found> = Vec::new();
    for line in text.lines() {
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("{}: {error}", path.display()))?;
        let bounds = &value[format!("ratio_to_{field}_interval")];
        let numbers = [
            &bounds["low"],
            &value[format!("ratio_to_{field}")],
            &bounds["high"],
        ]
        .map(Value::as_f64);
        let [Some(low), Some(median), Some(high)] = numbers else {
            continue;
        };
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let (who, metric) = (
            [text("scenario"), text("variant"), text("contestant")],
            text("metric"),
        );
        // The first metric of a contestant is what its scenario is about.
        let wanted = match &arguments.metric {
            Some(name) => *name == metric,
            None => !found.iter().any(|other| other.who == who),
        };
        if wanted {
            found.push(Found {
                who,
                metric,
                low,
                median,
                high,
            });
        }
    }
    Ok(found)
}
