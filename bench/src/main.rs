//! What yibu costs, measured beside its peers and beside what the kernel charges.
//!
//! A scenario is a folder of `scenarios/`, a contestant a file in it; [`registry`] finds them. [`harness`] runs each contestant
//! as a process of its own ([`contestant`]), in rounds, and [`report`] says what it found. `README.md` says what each number means.

mod checks;
mod compare;
mod contestant;
mod harness;
mod instructions;
mod kit;
mod load;
mod load_check;
mod registry;
mod report;
mod run;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What the measuring code returns: its errors are read by a person.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[derive(Parser)]
#[command(
    about,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(flatten)]
    run: run::Arguments,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// One contestant, until it is killed, or orders on standard input end
    Contestant(contestant::Arguments),
    /// The HTTP load alone, against any server that gives the answer
    Load(load::Arguments),
    /// Two results of --json beside each other: which ratios differ
    Compare(compare::Arguments),
    /// The HTTP load beside wrk and oha: does it say the same?
    LoadCheck(load_check::Arguments),
    /// What yibu's server does with 100,000 connections, and without descriptors
    Checks(checks::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        None => run::main(&arguments.run),
        Some(Command::Contestant(arguments)) => contestant::main(arguments).map(|()| true),
        Some(Command::Load(arguments)) => load::main(arguments).map(|()| true),
        Some(Command::Compare(arguments)) => compare::main(arguments),
        Some(Command::LoadCheck(arguments)) => load_check::main(arguments),
        Some(Command::Checks(arguments)) => checks::main(arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
