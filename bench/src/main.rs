//! What yibu costs, measured beside its peers and beside what the kernel charges.
//!
//! One binary holds everything: the contestants (`serve`), a load generator (`load`) and the measuring
//! commands (`http-hello`, `idle`, `tasks`), which start the contestants as processes of their own. A scenario is
//! a folder, a contestant a file in it. `README.md` says what each number means.

mod http_hello;
mod idle;
mod load;
mod measure;
mod tasks;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What the measuring code returns: its errors are read by a person.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[derive(Parser)]
#[command(about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// CPU per request of a 13-byte answer, every contestant in turn, in interleaved rounds
    HttpHello(http_hello::Arguments),
    /// Connections opened and closed, memory per idle connection, behaviour at the descriptor limit
    Idle(idle::Arguments),
    /// Switching, spawning, timers and wakes, beside tokio and the bare kernel
    Tasks(tasks::Arguments),
    /// One contestant, until it is killed; prints its address
    Serve(http_hello::serve::Arguments),
    /// The load generator alone, against any server that gives the answer
    Load(load::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::HttpHello(arguments) => http_hello::main(&arguments),
        Command::Idle(arguments) => idle::main(&arguments),
        Command::Tasks(arguments) => tasks::main(&arguments),
        Command::Serve(arguments) => http_hello::serve::main(&arguments).map(|()| true),
        Command::Load(arguments) => load::main(&arguments).map(|()| true),
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
