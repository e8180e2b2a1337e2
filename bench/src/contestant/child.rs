//! `bench contestant`: one contestant in this process.
#![forbid(unsafe_code)]

use super::listen::listen;
use super::{Orders, Program, announce, python_folder};
use crate::harness::{pin, python};
use crate::{Result, registry};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The scenario
    scenario: String,
    /// The contestant
    contestant: String,
    /// The variant; the scenario's first if none is given
    variant: Option<String>,
    /// Where a server listens
    #[arg(long, default_value = "127.0.0.1:0")]
    bind: SocketAddr,
    /// The core to run on
    #[arg(long)]
    core: Option<usize>,
    /// The most descriptors it may open
    #[arg(long)]
    descriptors: Option<u64>,
    /// End when the process that started this one ends
    #[arg(long)]
    die_with_parent: bool,
}

/// Runs it until it is killed, or a worker's orders end.
pub(crate) fn main(arguments: &Arguments) -> Result<()> {
    if arguments.die_with_parent {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    }
    let _pinned = arguments.core.map(pin).transpose()?;
    if let Some(most) = arguments.descriptors {
        setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )?;
    }
    let entry = registry::scenario(&arguments.scenario)?;
    let contestant = entry.contestant(&arguments.contestant)?;
    let first = entry.scenario.variants().first().copied();
    let variant = arguments.variant.as_deref().or(first).unwrap_or_default();
    match contestant.program {
        Program::Server(serve) => {
            let listener = listen(arguments.bind)?;
            announce(listener.local_addr()?);
            match serve(listener, variant)? {}
        }
        Program::Announcing(serve) => match serve(listen(arguments.bind)?, variant)? {},
        Program::Worker(work) => {
            println!("ready");
            work(Orders::new(variant))
        }
        Program::Exec(run) => match run(variant)? {},
        Program::Python(path) => match run_python(path, variant, arguments.bind)? {},
    }
}

fn run_python(path: &str, variant: &str, bind: SocketAddr) -> Result<Infallible> {
    let error = Command::new(python::interpreter()?)
        .arg(path)
        .arg(variant)
        .arg(bind.to_string())
        .env("PYTHONPATH", python_folder())
        // Without the program's own folder, where `asyncio.py` is a contestant and not the library.
        .env("PYTHONSAFEPATH", "1")
        .exec();
    Err(format!("{path} cannot be run: {error}").into())
}
