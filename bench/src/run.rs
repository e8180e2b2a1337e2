//! `bench [SCENARIO…]`: measures, and tells what it found.
#![forbid(unsafe_code)]

use crate::harness::{Machine, Plan, Results, measure};
use crate::registry::{self, Entry, Kind, SCENARIOS};
use crate::{Result, instructions, report};
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// What to measure; everything if nothing is named
    scenarios: Vec<String>,
    /// List scenarios, their variants and their contestants, and measure nothing
    #[arg(long)]
    list: bool,
    /// A few short rounds: to see the order of things, not to quote
    #[arg(long)]
    quick: bool,
    /// The peers to measure, besides yibu and the limits: all if not given, none if empty
    #[arg(long, value_delimiter = ',')]
    peers: Option<Vec<String>>,
    /// Only the variant of this name, or else those whose names have it in them
    #[arg(long, default_value = "")]
    variant: String,
    /// How often each contestant is visited: 60, or 6 if quick; fewer where a visit takes seconds
    #[arg(long)]
    rounds: Option<usize>,
    /// How long a visit takes: 0.15, or 0.1 if quick. Many short visits compare better than few long ones: what drifts has less time for it
    #[arg(long)]
    seconds: Option<f64>,
    /// Count instructions outside the kernel under callgrind instead; name the scenarios
    #[arg(long, conflicts_with = "plot")]
    callgrind: bool,
    /// Results for programs: one object a line, and nothing else on standard output
    #[arg(long)]
    json: bool,
    /// Also write a page with tables and plots for each scenario, by default into docs/numbers
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true, default_missing_value = DOCUMENTS)]
    plot: Option<PathBuf>,
}

/// Where the documentation has them.
const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/numbers");

/// Measures; false if a bar was missed or a contestant disqualified.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    let entries = chosen(&arguments.scenarios)?;
    if arguments.list {
        return list(&entries).map(|()| true);
    }
    let entries = if arguments.callgrind {
        counted(&entries, &arguments.scenarios)?
    } else {
        entries
    };
    let plan = plan(arguments)?;
    check_names(arguments, &entries)?;
    let (machine, began) = (Machine::here(), Instant::now());
    if arguments.json {
        eprint!("{machine}");
    } else {
        print!("{machine}");
    }
    let mut all_well = true;
    for entry in &entries {
        let mut all = Vec::new();
        for variant in variants(entry, &arguments.variant) {
            let results = measure(entry, variant, &plan)?;
            (plan.progress)("");
            tell(entry, &results, arguments.json)?;
            all_well &= is_well(entry, &results);
            all.push(results);
        }
        if let Some(folder) = &arguments.plot {
            report::page(entry.scenario, &all, &machine, folder)?;
        }
    }
    eprintln!("{:.0} s", began.elapsed().as_secs_f64());
    Ok(all_well)
}

/// The named scenarios, or all that are not hidden.
fn chosen(names: &[String]) -> Result<Vec<&'static Entry>> {
    if names.is_empty() {
        return Ok(SCENARIOS
            .iter()
            .filter(|entry| !entry.scenario.is_hidden())
            .collect());
    }
    names.iter().map(|name| registry::scenario(name)).collect()
}

/// A name that nothing has would silently measure less than was asked for.
fn check_names(arguments: &Arguments, entries: &[&Entry]) -> Result<()> {
    let peers = arguments
        .peers
        .iter()
        .flatten()
        .filter(|peer| !peer.is_empty());
    for peer in peers {
        if !entries.iter().any(|entry| entry.contestant(peer).is_ok()) {
            return Err(format!("no contestant is called {peer}; --list names them").into());
        }
    }
    let fits = |entry: &&Entry| !variants(entry, &arguments.variant).is_empty();
    if entries.iter().any(fits) {
        return Ok(());
    }
    Err(format!(
        "no variant has {:?} in its name; --list names them",
        arguments.variant
    )
    .into())
}

/// The variant of that name, or else all that have it in theirs.
fn variants(entry: &Entry, name: &str) -> Vec<&'static str> {
    let all = entry.scenario.variants();
    if let Some(exact) = all.iter().find(|variant| **variant == name) {
        return vec![exact];
    }
    let named = all.iter().filter(|variant| variant.contains(name));
    named.copied().collect()
}

/// The same, to be counted and not timed.
fn counted(entries: &[&'static Entry], named: &[String]) -> Result<Vec<&'static Entry>> {
    if named.is_empty() {
        return Err("--callgrind takes minutes for each scenario: name those to be counted".into());
    }
    instructions::prepare()?;
    Ok(entries
        .iter()
        .map(|entry| instructions::counted(entry))
        .collect())
}

fn plan(arguments: &Arguments) -> Result<Plan> {
    let rounds = arguments
        .rounds
        .unwrap_or(if arguments.quick { 6 } else { 60 });
    let seconds = arguments
        .seconds
        .unwrap_or(if arguments.quick { 0.1 } else { 0.15 });
    if rounds == 0 {
        return Err("at least one round".into());
    }
    Ok(Plan {
        rounds,
        length: Duration::try_from_secs_f64(seconds)?,
        quick: arguments.quick,
        peers: arguments.peers.clone(),
        progress: if stderr().is_terminal() { show } else { |_| () },
    })
}

/// One line that is written over again and again.
fn show(what: &str) {
    eprint!("\r\x1b[K{what}");
}

fn tell(entry: &Entry, results: &Results, json: bool) -> Result<()> {
    let mut out = stdout().lock();
    if json {
        for line in report::json_lines(entry.scenario, results) {
            writeln!(out, "{line}")?;
        }
    } else {
        write!(out, "{}", report::table(entry.scenario, results))?;
    }
    Ok(out.flush()?)
}

fn is_well(entry: &Entry, results: &Results) -> bool {
    let bars = report::bars(entry.scenario, results);
    results
        .outcomes
        .iter()
        .all(|outcome| outcome.disqualified.is_none())
        && bars.iter().all(|(_, met)| *met)
}

fn list(entries: &[&Entry]) -> Result<()> {
    let mut out = stdout().lock();
    for entry in entries {
        writeln!(out, "{}: {}", entry.name, entry.scenario.about())?;
        writeln!(
            out,
            "    variants: {}",
            entry.scenario.variants().join(", ")
        )?;
        for kind in [Kind::Yibu, Kind::Limit, Kind::Peer] {
            let of_kind = entry
                .contestants
                .iter()
                .filter(|(name, _)| Kind::of(name) == kind);
            let names: Vec<_> = of_kind
                .map(|(name, contestant)| {
                    format!("{name} {}", contestant.version().unwrap_or_default())
                        .trim()
                        .to_owned()
                })
                .collect();
            writeln!(out, "    {}: {}", kind.name(), names.join(", "))?;
        }
    }
    Ok(())
}
