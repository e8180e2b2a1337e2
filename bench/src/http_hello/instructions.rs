//! Instructions in user space per request, counted by callgrind: exact and the same in every run, where time is neither.
//!
//! A server runs twice under valgrind, answers a few requests the first time and more the second, and the difference is
//! what the requests cost.

#![forbid(unsafe_code)]

use super::{Arguments, Entry};
use crate::Result;
use crate::load::{Load, Until};
use crate::measure::{Server, Start};
use serde_json::json;

const VALGRIND: &[&str] = &[
    "valgrind",
    "--tool=callgrind",
    "--callgrind-out-file=/dev/null",
];

/// Batches per connection in the shorter and in the longer run.
const BATCHES: [u64; 2] = [20, 120];

/// `bench http-hello --callgrind`.
pub(crate) fn main(entries: &[Entry], arguments: &Arguments) -> Result<bool> {
    let mut results = Vec::new();
    for &depth in &arguments.pipeline {
        for entry in entries {
            match count(entry, usize::from(depth), arguments) {
                Ok(instructions) if arguments.json => {
                    results.push(json!({ "contestant": entry.label, "pipeline": depth, "user_instructions_per_request": instructions }));
                }
                Ok(instructions) => println!(
                    "{:14} {depth:3} in flight: {instructions:8.0} user instructions a request",
                    entry.label
                ),
                Err(error) => eprintln!("{} cannot be counted: {error}", entry.label),
            }
        }
    }
    if arguments.json {
        println!("{:#}", json!(results));
    }
    Ok(true)
}

fn count(entry: &Entry, depth: usize, arguments: &Arguments) -> Result<f64> {
    let mut found = [(0, 0); 2];
    for (batches, found) in BATCHES.into_iter().zip(&mut found) {
        let server = Server::start(&Start {
            under: VALGRIND,
            core: None,
            ..entry.start.clone()
        })?;
        let mut load = Load::connect(
            server.address(),
            arguments.connections,
            depth,
            arguments.wait,
        )?;
        let wanted = batches * (arguments.connections * depth) as u64;
        let requests = load.run(Until::Requests(wanted))?.requests;
        let said = server.stop()?;
        let collected = said
            .lines()
            .find_map(|line| line.split_once("Collected : "))
            .ok_or_else(|| format!("valgrind says: {said}"))?;
        *found = (requests, collected.1.trim().parse::<u64>()?);
    }
    let [(few, short), (many, long)] = found;
    Ok((long - short) as f64 / (many - few) as f64)
}
