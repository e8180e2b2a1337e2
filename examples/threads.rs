//! What threads do with their time: `cargo run -p yibu --example threads`.
//!
//! One thread spins, one hashes, one reads a pipe, one does both. From outside the first two look the same: always ready, and burning a core.
#![forbid(unsafe_code)]

use std::hash::{DefaultHasher, Hasher};
use std::hint::{black_box, spin_loop};
use std::io::{self, PipeReader, Read, Write, pipe};
use std::time::{Duration, Instant};

use yibu::thread::{self, Builder, Class, Slices, ThreadUsage};

fn main() -> io::Result<()> {
    let _end = thread::main_scope();
    // Daemons: they never end by themselves, and the program's end does not wait for them.
    named("spins").spawn_daemon(|| {
        loop {
            spin_loop();
        }
    })?;
    named("hashes").spawn_daemon(|| {
        loop {
            hash(1_000);
        }
    })?;
    let (reader, mut to_reader) = pipe()?;
    named("reads").spawn_daemon(|| read(reader, || ()))?;
    let (both, mut to_both) = pipe()?;
    named("does both").spawn_daemon(|| read(both, hash_for_a_while))?;

    let before = thread::list()?;
    for _ in 0..100 {
        to_reader.write_all(b"x")?;
        to_both.write_all(b"x")?;
        thread::sleep(Duration::from_millis(10));
    }
    let after = thread::list()?;

    let mut out = io::stdout().lock();
    writeln!(out, "{HEAD}")?;
    for (thread, slices) in after.since(&before) {
        writeln!(out, "{}", row(thread, &slices))?;
    }
    Ok(())
}

fn named(name: &str) -> Builder {
    Builder::new().name(name)
}

/// Does `work` for each byte.
fn read(mut from: PipeReader, work: impl Fn()) {
    while from.read_exact(&mut [0]).is_ok() {
        work();
    }
}

fn hash(bytes: usize) {
    let mut hasher = DefaultHasher::new();
    for n in 0..bytes / 8 {
        hasher.write_usize(black_box(n));
    }
    black_box(hasher.finish());
}

fn hash_for_a_while() {
    let until = Instant::now() + Duration::from_millis(5);
    while Instant::now() < until {
        hash(1_000);
    }
}

const HEAD: &str = "name         tid  daemon   class    running    ready  slices   mean slice  waits  taken away  was";

fn row(thread: &ThreadUsage, slices: &Slices) -> String {
    let daemon = match thread.is_daemon {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    format!(
        "{:<10} {:>5}  {daemon:<6}  {:<7}  {:>7}  {:>7}  {:>6}  {:>11}  {:>5}  {:>10}  {}",
        thread.name,
        or_unknown(thread.kernel_id),
        slices
            .class()
            .map_or("?".to_owned(), |class: Class| class.to_string()),
        milliseconds(slices.running),
        milliseconds(slices.ready),
        or_unknown(slices.count),
        milliseconds(slices.mean()),
        or_unknown(slices.voluntary),
        or_unknown(slices.involuntary),
        or_unknown(thread.state.as_ref()),
    )
}

fn milliseconds(time: Option<Duration>) -> String {
    or_unknown(time.map(|time| format!("{:.1} ms", time.as_secs_f64() * 1e3)))
}

fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or("?".to_owned(), |value| value.to_string())
}
