//! What a contestant is, and the process that it runs in.
//!
//! Every contestant is a process of its own, `bench contestant SCENARIO NAME VARIANT`, and speaks lines of text with the harness:
//!
//! ```text
//!   server:  -> ready 127.0.0.1:4711        then it serves until it is killed
//!   worker:  -> ready                       then, for each order,
//!            <- 1000                        how often to do the work
//!            -> 48210 47100 499500          nanoseconds for all of it, of CPU time for it, and a number that proves the work
//! ```
#![forbid(unsafe_code)]

mod child;
mod done;
mod listen;
mod orders;

pub(crate) use child::{Arguments, main};
pub(crate) use done::{Done, Stopwatch};
pub(crate) use orders::Orders;

use crate::Result;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

/// One that is measured.
pub(crate) struct Contestant {
    /// The package whose version it is known by, as in `Cargo.lock`; of Python's `python:NAME`; a program's, which is asked, `program:NAME`; empty if
    /// there is none.
    pub(crate) package: &'static str,
    /// The limit that it is compared with, if not the scenario's.
    pub(crate) limit: Option<&'static str>,
    /// What is set in its environment.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) program: Program,
}

/// What a contestant does in its process.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// Serves on a listener until it is killed. The text is the variant.
    Server(fn(TcpListener, &str) -> Result<Infallible>),
    /// A server that says `ready` itself, since it has something to prepare first, binds the address anew, or replaces the process.
    Announcing(fn(TcpListener, &str) -> Result<Infallible>),
    /// Does the work as often as it is ordered to.
    Worker(fn(Orders) -> Result<()>),
    /// Replaces the process by another program that speaks the same lines: given the variant, it prepares and calls `exec`.
    Exec(fn(&str) -> Result<Infallible>),
    /// A Python program, which gets the variant as its argument.
    Python(&'static str),
}

impl Contestant {
    /// A server.
    pub(crate) const fn server(
        package: &'static str,
        serve: fn(TcpListener, &str) -> Result<Infallible>,
    ) -> Self {
        Self::new(package, Program::Server(serve))
    }

    /// A server that says itself when it is [ready](announce).
    pub(crate) const fn announcing(
        package: &'static str,
        serve: fn(TcpListener, &str) -> Result<Infallible>,
    ) -> Self {
        Self::new(package, Program::Announcing(serve))
    }

    /// A worker.
    pub(crate) const fn worker(package: &'static str, work: fn(Orders) -> Result<()>) -> Self {
        Self::new(package, Program::Worker(work))
    }

    /// A program that is not ours.
    pub(crate) const fn exec(run: fn(&str) -> Result<Infallible>) -> Self {
        Self::new("", Program::Exec(run))
    }

    /// A Python program.
    pub(crate) const fn python(package: &'static str, path: &'static str) -> Self {
        Self::new(package, Program::Python(path))
    }

    const fn new(package: &'static str, program: Program) -> Self {
        Self {
            package,
            limit: None,
            environment: &[],
            program,
        }
    }

    /// The same with yibu's Poll driver, beside another limit.
    pub(crate) const fn on_poll(mut self, limit: &'static str) -> Self {
        self.environment = &[("YIBU_DRIVER", "poll")];
        self.limit = Some(limit);
        self
    }

    /// The same with yibu's Uring driver, and never another.
    pub(crate) const fn on_uring(mut self) -> Self {
        self.environment = &[("YIBU_DRIVER", "uring")];
        self
    }

    /// The version of what it is made of, for the tables.
    pub(crate) fn version(&self) -> Option<String> {
        match self.package.strip_prefix("program:") {
            None => crate::registry::version(self.package).map(str::to_owned),
            Some(program) => says_its_version(program),
        }
    }
}

/// Says that a server is ready.
pub(crate) fn announce(address: SocketAddr) {
    println!("ready {address}");
}

/// What a program answers to `-V`, or `-v`: the first thing in it that looks like a version.
fn says_its_version(program: &str) -> Option<String> {
    let answer = |option| Command::new(program).arg(option).output().ok();
    let answers = ["-V", "-v"].into_iter().filter_map(answer);
    let said = answers.map(|output| [output.stdout, output.stderr].concat());
    let is_version = |word: &&str| {
        word.contains('.') && word.starts_with(|letter: char| letter.is_ascii_digit())
    };
    said.into_iter().find_map(|said| {
        let said = String::from_utf8_lossy(&said).into_owned();
        said.split([' ', '/', '\n'])
            .find(is_version)
            .map(str::to_owned)
    })
}

/// The folder with what the Python programs share.
pub(crate) fn python_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/python"))
}
