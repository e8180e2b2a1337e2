//! What tasks cost: switching, spawning, timers, and a wake from another thread.
//!
//! A contestant is a [`Runtime`]; the work is written once, for any of them. Every figure is taken in a fresh runtime,
//! the contestants one after the other in every round, in the reverse order every second round.

#![forbid(unsafe_code)]

mod limit;
mod runtime;
mod tokio;
mod wake;
mod work;
mod yibu;

use self::tokio::Tokio;
use self::yibu::Yibu;
use crate::Result;
use crate::measure::{Interval, Machine, interval, median};
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each figure is taken
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The part of the work to do: 0.01 to see whether all of it runs
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Only figures whose name has this in it
    #[arg(long, default_value = "")]
    only: String,
    /// Results for programs
    #[arg(long)]
    json: bool,
}

/// Something that is measured, by each contestant that can: nanoseconds for one.
struct Figure {
    name: &'static str,
    bar: Bar,
    contestants: &'static [(&'static str, Measure)],
}

/// What is asked of yibu.
#[derive(Clone, Copy)]
enum Bar {
    /// Nothing.
    None,
    /// A median of at most so many nanoseconds.
    Nanoseconds(f64),
    /// Not to be dearer than the limit: the interval of the ratio, taken round by round, does not lie above one.
    Limit,
}

/// Does that much of the work and gives nanoseconds for one.
type Measure = fn(Scale) -> f64;

/// How much of the work is done.
#[derive(Clone, Copy)]
struct Scale(f64);

impl Scale {
    /// That part of `count`, at least one.
    fn of(self, count: usize) -> usize {
        ((count as f64 * self.0) as usize).max(1)
    }
}

const FIGURES: &[Figure] = &[
    Figure {
        name: "switch, 1,000 tasks",
        bar: Bar::Nanoseconds(6.0),
        contestants: &[
            ("yibu", work::switch::<Yibu, 1000>),
            ("tokio", work::switch::<Tokio, 1000>),
        ],
    },
    Figure {
        name: "switch, one task",
        bar: Bar::None,
        contestants: &[
            ("yibu", work::switch::<Yibu, 1>),
            ("tokio", work::switch::<Tokio, 1>),
        ],
    },
    Figure {
        name: "spawn and join",
        bar: Bar::Nanoseconds(35.0),
        contestants: &[
            ("yibu", work::spawn_and_join::<Yibu>),
            ("tokio", work::spawn_and_join::<Tokio>),
        ],
    },
    Figure {
        name: "spawn 10,000, join all",
        bar: Bar::None,
        contestants: &[
            ("yibu", work::spawn_all::<Yibu>),
            ("tokio", work::spawn_all::<Tokio>),
        ],
    },
    Figure {
        name: "timer set and cancelled, 1 M live",
        bar: Bar::Nanoseconds(80.0),
        contestants: &[
            ("yibu", work::timer::<Yibu>),
            ("tokio", work::timer::<Tokio>),
        ],
    },
    Figure {
        name: "wake a sleeping loop: until it runs",
        bar: Bar::Limit,
        contestants: &[
            ("yibu", wake::latency::<Yibu>),
            ("tokio", wake::latency::<Tokio>),
            ("limit", limit::latency),
        ],
    },
    Figure {
        name: "wake a sleeping loop: the waker's side",
        bar: Bar::Limit,
        contestants: &[
            ("yibu", wake::call::<Yibu>),
            ("tokio", wake::call::<Tokio>),
            ("limit", limit::call),
        ],
    },
    Figure {
        name: "to a sleeping thread and back",
        bar: Bar::Limit,
        contestants: &[
            ("yibu", wake::round_trip::<Yibu>),
            ("tokio", wake::round_trip::<Tokio>),
            ("limit", limit::round_trip),
        ],
    },
];

/// `bench tasks`; false if a bar was not met.
pub(crate) fn main(arguments: &Arguments) -> Result<bool> {
    if arguments.rounds == 0 {
        return Err("at least one round".into());
    }
    let (machine, driver) = (Machine::here(), ::yibu::event_loop::driver_name());
    if !arguments.json {
        println!(
            "{machine}yibu's driver: {driver}; nanoseconds, median (least-most) of {} rounds",
            arguments.rounds
        );
    }
    let (mut all_met, mut rows) = (true, Vec::new());
    for figure in FIGURES
        .iter()
        .filter(|figure| figure.name.contains(&arguments.only))
    {
        let rounds = take(figure, arguments);
        for (index, (contestant, _)) in figure.contestants.iter().enumerate() {
            let all = interval(&rounds[index]);
            let of_limit = ratio_to_limit(figure, &rounds, index);
            let verdict = (*contestant == "yibu")
                .then(|| figure.bar.verdict(all, of_limit))
                .flatten();
            all_met &= verdict.as_ref().is_none_or(|(met, _)| *met);
            if !arguments.json {
                print_row(
                    figure.name,
                    contestant,
                    &rounds[index],
                    of_limit,
                    verdict.as_ref(),
                );
            }
            rows.push(json!({
                "figure": figure.name, "contestant": contestant, "median_ns": all.median, "rounds_ns": rounds[index],
                "of_limit": of_limit.map(|ratio| json!({ "low": ratio.low, "median": ratio.median, "high": ratio.high })),
                "met": verdict.map(|(met, _)| met),
            }));
        }
    }
    if arguments.json {
        println!(
            "{:#}",
            json!({ "machine": machine.to_json(), "driver": driver, "figures": rows })
        );
    }
    Ok(all_met)
}

impl Bar {
    /// Whether it is met, and what it is.
    fn verdict(self, all: Interval, of_limit: Option<Interval>) -> Option<(bool, String)> {
        match self {
            Self::None => None,
            Self::Nanoseconds(most) => Some((all.median <= most, format!("at most {most}"))),
            Self::Limit => {
                of_limit.map(|ratio| (ratio.low <= 1.0, "no dearer than the limit".to_owned()))
            }
        }
    }
}

fn print_row(
    name: &str,
    contestant: &str,
    rounds: &[f64],
    of_limit: Option<Interval>,
    verdict: Option<&(bool, String)>,
) {
    let least = rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rounds.iter().copied().fold(0.0, f64::max);
    print!(
        "{name:38} {contestant:6} {:10.1} ({least:.1}-{most:.1})",
        median(rounds)
    );
    if let Some(Interval {
        low, median, high, ..
    }) = of_limit.filter(|_| contestant != "limit")
    {
        print!("  {median:.2} [{low:.2}, {high:.2}] of the limit");
    }
    if let Some((met, bar)) = verdict {
        print!("  {}: {bar}", if *met { "pass" } else { "FAIL" });
    }
    println!();
}

/// A contestant's rounds as multiples of the limit's, if there is one.
fn ratio_to_limit(figure: &Figure, rounds: &[Vec<f64>], index: usize) -> Option<Interval> {
    let limit = figure
        .contestants
        .iter()
        .position(|(name, _)| *name == "limit")?;
    let ratios: Vec<_> = rounds[index]
        .iter()
        .zip(&rounds[limit])
        .map(|(own, limit)| own / limit)
        .collect();
    Some(interval(&ratios))
}

/// All rounds of one figure: the values of each contestant.
fn take(figure: &Figure, arguments: &Arguments) -> Vec<Vec<f64>> {
    let mut taken = vec![Vec::new(); figure.contestants.len()];
    for round in 0..arguments.rounds {
        let forth = 0..figure.contestants.len();
        let order: Vec<_> = if round % 2 == 0 {
            forth.collect()
        } else {
            forth.rev().collect()
        };
        for index in order {
            taken[index].push((figure.contestants[index].1)(Scale(arguments.scale)));
        }
    }
    taken
}
