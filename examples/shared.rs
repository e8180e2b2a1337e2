//! The race and its cure: `cargo run -p yibu --example shared`.
//!
//! Two threads count to 100,000 each. With `get` and then `insert` each of them sometimes overwrites what the other has counted in between.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)] // it is what it is for

use std::thread;

use yibu::shared::Dict;

const EACH: u32 = 100_000;

fn main() {
    let counts = Dict::from([("race", 0), ("cure", 0)]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let old = counts.get("race").unwrap_or(0);
                    counts.insert("race", old + 1);
                }
                for _ in 0..EACH {
                    counts.update_with("cure", |old| old.copied().unwrap_or(0) + 1);
                }
            });
        }
    });
    let counts = counts.snapshot();
    println!("get, then insert: {} of {}", counts["race"], 2 * EACH);
    println!("update_with:      {} of {}", counts["cure"], 2 * EACH);
    assert_eq!(counts["cure"], 2 * EACH);
}
