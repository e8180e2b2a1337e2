//! Instructions in user space per request, counted by callgrind: nearly the same in every run, where time is not.
//!
//! A server runs under valgrind, which is asked (by `vgdb`) for its count before and after a number of requests. Valgrind runs
//! rings too, but a signal does not reach a program that waits in one, so a server cannot be asked to end with a summary.

#![forbid(unsafe_code)]

use super::{Arguments, Entry};
use crate::Result;
use crate::load::{Load, Until};
use crate::measure::{Server, Start};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Batches on each connection that are counted.
const BATCHES: u64 = 100;

/// `bench http-hello --callgrind`; false if a contestant could not be counted.
pub(crate) fn main(entries: &[Entry], arguments: &Arguments) -> Result<bool> {
    let directory = Directory::create()?;
    let mut counted = Vec::new();
    for &depth in &arguments.pipeline {
        for entry in entries {
            let instructions = count(entry, usize::from(depth), arguments, &directory.0)
                .map_err(|error| format!("{} cannot be counted: {error}", entry.label))?;
            if !arguments.json {
                println!(
                    "{:18} {depth:3} in flight: {instructions:8.0} user instructions a request",
                    entry.label
                );
            }
            counted.push(json!({ "contestant": entry.label, "pipeline": depth, "user_instructions_per_request": instructions }));
        }
    }
    if arguments.json {
        println!("{:#}", json!(counted));
    }
    Ok(true)
}

fn count(entry: &Entry, depth: usize, arguments: &Arguments, directory: &Path) -> Result<f64> {
    let out = directory.join(format!("{}-{depth}", entry.label.replace(' ', "-")));
    let under = [
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let server = Server::start(&Start {
        under: under.to_vec(),
        core: None,
        ..entry.start.clone()
    })?;
    let mut load = Load::connect(
        server.address(),
        arguments.connections,
        depth,
        arguments.wait,
    )?;
    load.run(Until::Requests(10 * (arguments.connections * depth) as u64))?;
    instructions_since(&server, &out, 1)?;
    let requests = load
        .run(Until::Requests(
            BATCHES * (arguments.connections * depth) as u64,
        ))?
        .requests;
    Ok(instructions_since(&server, &out, 2)? as f64 / requests as f64)
}

/// How many instructions ran since the last time this was asked; `part` counts how often it was.
fn instructions_since(server: &Server, out: &Path, part: usize) -> Result<u64> {
    let asked = Command::new("vgdb")
        .arg(format!("--pid={}", server.id()))
        .arg("dump")
        .output();
    let asked =
        asked.map_err(|error| format!("vgdb, a part of valgrind, cannot be started: {error}"))?;
    let dump = fs::read_to_string(format!("{}.{part}", out.display())).map_err(|error| {
        format!(
            "no count ({error}): {}",
            String::from_utf8_lossy(&asked.stderr)
        )
    })?;
    let totals = dump
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .ok_or("a dump without totals")?;
    Ok(totals.parse()?)
}

/// A directory for callgrind's files, which goes when this does.
struct Directory(PathBuf);

impl Directory {
    fn create() -> Result<Self> {
        let path = env::temp_dir().join(format!("bench-callgrind-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}
