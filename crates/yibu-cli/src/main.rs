//! The `yibu` command.
//!
//! `args` is what may be typed; each command is a module of its name.

mod args;
mod serve;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Serve(args) => serve::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say(message);
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard error. `eprintln!` would panic where that is closed.
fn say(message: impl Display) {
    let _ = writeln!(std::io::stderr(), "yibu: {message}");
}
