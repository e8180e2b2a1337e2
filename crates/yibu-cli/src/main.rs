//! The `yibu` command.
//!
//! `args` is what may be typed; each command is a module of its name.

mod args;
mod serve;

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
            eprintln!("yibu: {message}");
            ExitCode::FAILURE
        }
    }
}
