//! Small programs in Python, and the same ones here: they print the same.
//!
//! Each is run in a process of its own, twice here: once with `main_scope`, once inside `yibu::run`, both on the main thread. So this file is no
//! ordinary test: it is its own harness, and with `YIBU_PROGRAM` in its environment it is the program of that name.
#![forbid(unsafe_code)]

#[path = "threads_live/alone.rs"]
mod alone;
#[path = "threads_live/programs.rs"]
mod programs;
#[path = "threads_live/trees.rs"]
mod trees;

use std::io::Write;
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A program in both languages: the trace is what it prints.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) python: &'static str,
    pub(crate) rust: fn(),
}

const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    if let Ok(name) = std::env::var("YIBU_PROGRAM") {
        run(&name);
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    let mut failed = 0;
    for program in alone::ALL {
        let name = format!("alone {}", program.name);
        if is_wanted(&name) {
            failed += usize::from(!is_as_expected(&name, program));
        }
    }
    if has_python() {
        failed += compare(is_wanted);
    } else {
        let why = "python3 is not installed, and is what these programs are compared with";
        assert!(
            std::env::var_os("YIBU_TEST_REQUIRE_TOOLS").is_none(),
            "{why}"
        );
        eprintln!("threads_live: the others SKIPPED: {why}");
    }
    let outcome = if failed == 0 { "ok" } else { "FAILED" };
    eprintln!("threads_live: {outcome}. {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

/// Runs each program of both languages; gives the number of those that differ.
fn compare(is_wanted: impl Fn(&str) -> bool) -> usize {
    let mut failed = 0;
    for program in programs::ALL {
        for way in ["scope", "run"] {
            let name = format!("{way} {}", program.name);
            if is_wanted(&name) {
                failed += usize::from(!agrees(&name, program.python));
            }
        }
    }
    failed
}

/// Is the program: on the main thread, in the way that is asked for.
fn run(name: &str) {
    let (way, name) = name.split_once(' ').expect("a way and a name");
    if way == "alone" {
        let program = alone::ALL.iter().find(|program| program.name == name);
        return (program.expect("it is in the list").main)();
    }
    let program = programs::ALL.iter().find(|program| program.name == name);
    let rust = program.expect("it is in the list").rust;
    if way == "run" {
        yibu::run(async { rust() });
    } else {
        let _end = yibu::thread::main_scope();
        rust();
    }
}

fn ours(name: &str) -> Command {
    let mut ours = Command::new(std::env::current_exe().expect("this file's own path"));
    ours.env("YIBU_PROGRAM", name).env("RUST_BACKTRACE", "0");
    ours
}

fn is_as_expected(name: &str, program: &alone::Alone) -> bool {
    let output = output(&mut ours(name));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let is_expected = out == program.prints && (program.complains)(&err);
    let outcome = if is_expected { "ok" } else { "FAILED" };
    eprintln!("test {name} ... {outcome}");
    if !is_expected {
        eprintln!("{}\n{out}\n{err}", output.status);
    }
    is_expected
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn agrees(name: &str, python: &str) -> bool {
    let mut ours = ours(name);
    let mut theirs = Command::new("python3");
    theirs.args(["-I", "-c", python]);
    let (ours, theirs) = (output(&mut ours), output(&mut theirs));
    let is_same = ours.stdout == theirs.stdout && ours.status.success() == theirs.status.success();
    if is_same && !ours.stdout.is_empty() {
        eprintln!("test {name} ... ok");
        return true;
    }
    eprintln!(
        "test {name} ... FAILED\nyibu: {}\n{}{}\nPython: {}\n{}{}",
        ours.status,
        text(&ours.stdout),
        text(&ours.stderr),
        theirs.status,
        text(&theirs.stdout),
        text(&theirs.stderr),
    );
    false
}

/// What a program prints; one that does not end in time is killed, and fails thereby.
fn output(command: &mut Command) -> Output {
    let command = command.stdin(Stdio::null());
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.expect("it starts");
    let pid = Pid::from_child(&child);
    let (ended, end) = std::sync::mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let started = Instant::now();
        if end.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            // It is not waited for yet, so the number is still its own.
            let _ = kill_process(pid, Signal::KILL);
            eprintln!("killed after {:?}", started.elapsed());
        }
    });
    let output = child.wait_with_output().expect("it can be waited for");
    drop(ended);
    watchdog.join().expect("it does not panic");
    output
}

fn has_python() -> bool {
    let python = Command::new("python3").arg("--version").output();
    python.is_ok_and(|output| output.status.success())
}

/// Prints a line of the trace.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .expect("the pipe is read");
}
