//! Instructions outside the kernel, counted by callgrind: nearly the same in every run, where time is not.
//!
//! ```text
//!   bench SCENARIO --callgrind
//!     valgrind … bench contestant …      ready, some work until it is warm
//!     dump 1                             the count starts again
//!     N operations                       Scenario::some_work
//!     dump 2: a instructions
//!     2 N operations
//!     dump 3: b instructions             (b - a) / N is what an operation takes
//! ```
//!
//! Whatever the work needs besides its operations, connections opened and closed for instance, is in both counts and goes with the difference.
//! Callgrind is asked for its counts by `vgdb` while the contestant waits: it runs rings, too, but a signal does not reach a program that waits
//! in one, so a contestant cannot be asked to end with a summary.
//!
//! [`counted`] makes another scenario of any scenario, and the harness does the rest: its table, its JSON and its bars, which are the
//! scenario's own by [`Metric::INSTRUCTIONS`]. Python programs take no part. A contestant that replaces its process by another program (nginx), or does not
//! work under valgrind (ntex 3.12 with valgrind 3.19 gives no answer), is disqualified with the reason.
//!
//! It says nothing about what the instructions cost, nor about the kernel's. Under valgrind everything is some fifty times slower, so a server
//! finds more requests in a turn than it would; compare what was counted in one run.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Contestant, Program};
use crate::harness::{Bar, Metric, Process, Scenario, Start, Visit, Work};
use crate::registry::Entry;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// About as long as this the contestant works for the first count, and twice as long for the second.
const LONG: Duration = Duration::from_millis(300);

/// Fails unless valgrind is installed.
pub(crate) fn prepare() -> Result<()> {
    for (program, argument) in [("valgrind", "--version"), ("vgdb", "--help")] {
        Command::new(program)
            .arg(argument)
            .output()
            .map_err(|error| {
                format!("{program} cannot be started ({error}); Debian: apt-get install valgrind")
            })?;
    }
    Ok(())
}

/// The scenario with its contestants, to be counted and not timed. It lives as long as the process.
pub(crate) fn counted(entry: &'static Entry) -> &'static Entry {
    let is_ours = |(_, contestant): &&(_, &Contestant)| {
        !matches!(contestant.program, Program::Exec(_) | Program::Python(_))
    };
    let contestants: Vec<_> = entry.contestants.iter().filter(is_ours).copied().collect();
    Box::leak(Box::new(Entry {
        name: entry.name,
        scenario: Box::leak(Box::new(Counted(entry.scenario))),
        contestants: Vec::leak(contestants),
    }))
}

/// A scenario under callgrind.
struct Counted(&'static dyn Scenario);

impl Scenario for Counted {
    fn about(&self) -> &'static str {
        self.0.about()
    }

    fn variants(&self) -> &'static [&'static str] {
        self.0.variants()
    }

    fn limit(&self) -> Option<&'static str> {
        self.0.limit()
    }

    fn metrics(&self) -> &'static [Metric] {
        &[Metric::INSTRUCTIONS]
    }

    fn bars(&self) -> &'static [Bar] {
        self.0.bars()
    }

    fn shares_time(&self) -> bool {
        false
    }

    /// Another one would say the same.
    fn rounds(&self, _asked: usize, _quick: bool) -> usize {
        1
    }

    fn start(&self, variant: &str, start: &mut Start) -> Result<()> {
        self.0.start(variant, start)?;
        // Some work is a little work.
        start.environment.push(("BENCH_QUICK", "1".to_owned()));
        start.under = vec![
            "valgrind".to_owned(),
            "--quiet".to_owned(),
            "--fair-sched=yes".to_owned(),
            "--tool=callgrind".to_owned(),
            format!("--callgrind-out-file={}", counts_of("%p").display()),
        ];
        Ok(())
    }

    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let began = Instant::now();
        let mut counts = Counts::of(process);
        let some = self.until_long(process, visit.variant)?;
        counts.next(process)?;
        let once = self.0.some_work(process, visit.variant, some)?;
        let for_once = counts.next(process)?;
        let twice = self.0.some_work(process, visit.variant, 2 * some)?;
        let for_twice = counts.next(process)?;
        let more = twice.checked_sub(once).filter(|more| *more > 0);
        let more = more.ok_or_else(|| format!("{twice} operations are not more than {once}"))?;
        let instructions = (for_twice as f64 - for_once as f64) / more as f64;
        Ok(Work {
            own: vec![(Metric::INSTRUCTIONS.name, instructions)],
            ..Work::new(more, began.elapsed())
        })
    }
}

impl Counted {
    /// Works until the contestant is warm, and finds out how many operations take a while.
    fn until_long(&self, process: &mut Process, variant: &str) -> Result<u64> {
        let mut operations = 1;
        loop {
            let began = Instant::now();
            let done = self.0.some_work(process, variant, operations)?;
            let took = began.elapsed();
            if took >= LONG {
                return Ok(done);
            }
            // By powers of two, so that the number is mostly the same in the next run.
            let missing = LONG.as_secs_f64() / took.as_secs_f64();
            operations = done * (missing.ceil() as u64).next_power_of_two().clamp(2, 16);
        }
    }
}

/// The files in which a process of that id leaves its counts, each with its number.
fn counts_of(id: &str) -> PathBuf {
    env::temp_dir().join(format!("bench-callgrind-{id}"))
}

/// What callgrind counts of a process. Its files go when this does.
struct Counts {
    id: String,
    files: PathBuf,
    asked: usize,
}

impl Counts {
    fn of(process: &Process) -> Self {
        let id = process.id().to_string();
        let files = counts_of(&id);
        Self {
            id,
            files,
            asked: 0,
        }
    }

    /// How many instructions ran since the last time this was asked.
    fn next(&mut self, process: &Process) -> Result<u64> {
        rest(process)?;
        self.asked += 1;
        let asked = Command::new("vgdb")
            .arg(format!("--pid={}", self.id))
            .arg("dump")
            .output()?;
        let file = format!("{}.{}", self.files.display(), self.asked);
        let dump = fs::read_to_string(&file).map_err(|error| {
            let said = String::from_utf8_lossy(&asked.stderr);
            format!("no count ({error}): {}", said.trim())
        })?;
        fs::remove_file(file)?;
        let totals = dump
            .lines()
            .find_map(|line| line.strip_prefix("totals: "))
            .ok_or("a count without totals")?;
        Ok(totals.trim().parse()?)
    }
}

impl Drop for Counts {
    fn drop(&mut self) {
        // Made at the start, for the count at an end that does not come.
        fs::remove_file(&self.files).ok();
    }
}

/// Waits until the process does nothing: what follows an answer is part of the work.
fn rest(process: &Process) -> Result<()> {
    let mut last = process.cpu_ns()?;
    for _ in 0..100 {
        thread::sleep(Duration::from_millis(20));
        let now = process.cpu_ns()?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(())
}
