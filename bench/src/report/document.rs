//! Results for documents: a page for each scenario, with its tables and pictures.
#![forbid(unsafe_code)]

use super::plot;
use crate::Result;
use crate::harness::{Interval, Machine, Ratio, Results, Scenario};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Writes the page of a scenario, and its pictures, into a folder.
pub(crate) fn page(
    scenario: &dyn Scenario,
    all: &[Results],
    machine: &Machine,
    folder: &Path,
) -> Result<()> {
    let Some(first) = all.first() else {
        return Ok(());
    };
    fs::create_dir_all(folder)?;
    let mut page = format!("# {}\n\n{}.\n\n", first.scenario, capital(scenario.about()));
    writeln!(
        page,
        "Written by the bench, not by hand; [what it says](../numbers.md) is.\n"
    )?;
    writeln!(page, "```text\n{machine}```\n")?;
    if let Some(&metric) = scenario.metrics().first() {
        let curves = format!("{}-curves.svg", first.scenario);
        if super::curves::curves(all, metric, &folder.join(&curves))? {
            writeln!(page, "![{} as it grows]({curves})\n", metric.name)?;
        }
    }
    for results in all {
        writeln!(page, "## {}\n", results.variant)?;
        pictures(&mut page, scenario, results, folder)?;
        table(&mut page, scenario, results)?;
        for outcome in &results.outcomes {
            if let Some(reason) = &outcome.disqualified {
                let reason = reason.replace(['\n', '`'], " ");
                writeln!(page, "- {} has no result: `{reason}`", outcome.contestant)?;
            }
        }
        if let Some(said) = results.says_left_out() {
            writeln!(page, "- {said}")?;
        }
        for (what, met) in super::bars(scenario, results) {
            writeln!(page, "- {}: {what}", if met { "pass" } else { "FAIL" })?;
        }
        page.push('\n');
    }
    page.push_str("## What the columns are\n\n");
    for metric in scenario.metrics() {
        writeln!(
            page,
            "- {} ({}): {}; {} is better",
            metric.name,
            metric.unit,
            metric.about,
            metric.better.name()
        )?;
    }
    Ok(fs::write(
        folder.join(format!("{}.md", first.scenario)),
        page,
    )?)
}

fn pictures(
    page: &mut String,
    scenario: &dyn Scenario,
    results: &Results,
    folder: &Path,
) -> Result<()> {
    let Some(&metric) = scenario.metrics().first() else {
        return Ok(());
    };
    let name = format!("{}-{}", results.scenario, file_name(results.variant));
    let bars = format!("{name}.svg");
    plot::bars(results, metric, &folder.join(&bars))?;
    writeln!(page, "![{} of each contestant]({bars})\n", metric.name)?;
    let violins = format!("{name}-rounds.svg");
    if plot::violins(results, metric, &folder.join(&violins))? {
        writeln!(page, "![the rounds' ratios to yibu]({violins})\n")?;
    }
    Ok(())
}

fn table(page: &mut String, scenario: &dyn Scenario, results: &Results) -> Result<()> {
    let metrics = scenario.metrics();
    let Some(&first) = metrics.first() else {
        return Ok(());
    };
    let others = || metrics.iter().skip(1);
    write!(
        page,
        "| | {} {} | to yibu | to the limit |",
        first.name, first.unit
    )?;
    others().try_for_each(|metric| write!(page, " {} {} |", metric.name, metric.unit))?;
    write!(page, "\n|---|--:|--:|--:|")?;
    others().try_for_each(|_| write!(page, "--:|"))?;
    page.push('\n');
    for (outcome, row) in super::table::sorted(results, first) {
        let name = format!(
            "{} {}",
            outcome.contestant,
            outcome.version.as_deref().unwrap_or_default()
        );
        write!(
            page,
            "| {} | {} | {} | {} |",
            name.trim(),
            plot::number(row.median),
            ratio(row.to_yibu),
            ratio(row.to_limit)
        )?;
        for metric in others() {
            let value = results
                .row(outcome, *metric)
                .map_or("".into(), |row| plot::number(row.median));
            write!(page, " {value} |")?;
        }
        page.push('\n');
    }
    page.push('\n');
    Ok(())
}

fn ratio(ratio: Option<Ratio>) -> String {
    let Some(Ratio {
        interval: Interval {
            low, median, high, ..
        },
        ..
    }) = ratio
    else {
        return String::new();
    };
    format!("{median:.2} [{low:.2}, {high:.2}]")
}

fn file_name(variant: &str) -> String {
    let letters = variant.to_lowercase();
    let words = letters
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
