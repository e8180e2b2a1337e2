//! Reading the kernel's files about threads.
//!
//! The kernel's `R` means running or ready. They are told apart by two counts that it keeps: how often a thread was given a CPU (`schedstat`), and
//! how often it left one (the switches in `status`). The first is one ahead exactly while the thread is on a CPU. The second is read
//! together with the state; if the first is the same before and after, it was so when they were read.
#![forbid(unsafe_code)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

use super::calls;
use super::parse::{self, Schedule, Status};
use super::sample::ThreadUsage;
use super::state::{Blocked, State};

/// Samples each thread of a process. One that ends meanwhile is left out.
pub(super) fn threads(process: u32) -> io::Result<Vec<ThreadUsage>> {
    let root = PathBuf::from(format!("/proc/{process}"));
    let listed = fs::read_dir(root.join("task")).and_then(|entries| {
        let names = entries.map(|entry| Ok(entry?.file_name()));
        names.collect::<io::Result<Vec<_>>>()
    });
    let names = listed.map_err(|error| explain(process, &error))?;
    let mut ids: Vec<u32> = names
        .iter()
        .filter_map(|name| name.to_str()?.parse().ok())
        .collect();
    // The main thread's number is the process's, and need not be the lowest.
    ids.sort_unstable_by_key(|id| (*id != process, *id));
    let mut threads = Vec::with_capacity(ids.len());
    for id in ids {
        match thread(&root, id) {
            Ok(thread) => threads.push(thread),
            Err(error) if is_gone(&error) => (),
            Err(error) => return Err(explain(process, &error)),
        }
    }
    if threads.is_empty() {
        return Err(explain(process, &io::ErrorKind::NotFound.into()));
    }
    Ok(threads)
}

/// A thread that has ended has no files; to read one that was opened before gives "no such process".
fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

fn explain(process: u32, error: &io::Error) -> io::Error {
    let kind = if is_gone(error) {
        io::ErrorKind::NotFound
    } else {
        error.kind()
    };
    let why = match kind {
        io::ErrorKind::NotFound => {
            "it has ended, or /proc is not mounted or hides other users' processes (hidepid)"
        }
        io::ErrorKind::PermissionDenied => {
            "/proc hides other users' processes (hidepid), or this process is confined"
        }
        _ => "see proc(5)",
    };
    let text = format!("the threads of process {process} cannot be read: {error}: {why}");
    io::Error::new(kind, text)
}

fn thread(root: &Path, id: u32) -> io::Result<ThreadUsage> {
    let folder = root.join("task").join(id.to_string());
    let stat = parse::stat(&text(&folder, "stat")?)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "stat has an unknown form"))?;
    let (schedule, status, is_certain) = counts(&folder)?;
    let tick = tick();
    let spent = tick.saturating_mul(stat.ticks.try_into().unwrap_or(u32::MAX));
    // A kernel that keeps no such account says three zeros of every thread.
    let schedule = schedule.filter(|schedule| schedule.slices > 0 || stat.ticks == 0);
    let state = status.state.map(|letter| {
        state(
            letter,
            schedule.filter(|_| is_certain),
            &status,
            root,
            &folder,
        )
    });
    Ok(ThreadUsage {
        name: stat.name,
        kernel_id: Some(id),
        state,
        age: Some(age(stat.began)),
        running: Some(schedule.map_or(spent, |schedule| schedule.running)),
        ready: schedule.map(|schedule| schedule.ready),
        slices: schedule.map(|schedule| schedule.slices),
        voluntary: status.voluntary,
        involuntary: status.involuntary,
        began: Some(stat.began),
        ..ThreadUsage::empty()
    })
}

/// The thread's account and its status, and whether they belong together. Whoever is given CPUs so often that they never do is asked four times.
fn counts(folder: &Path) -> io::Result<(Option<Schedule>, Status, bool)> {
    let schedule = || Ok::<_, io::Error>(parse::schedule(&optional(folder, "schedstat")?));
    let mut before = schedule()?;
    let mut tries = 0;
    loop {
        let status = parse::status(&text(folder, "status")?);
        let after = schedule()?;
        let is_same = before.map(|of| of.slices) == after.map(|of| of.slices);
        tries += 1;
        if is_same || tries == 4 {
            return Ok((after, status, is_same));
        }
        before = after;
    }
}

fn state(
    letter: char,
    schedule: Option<Schedule>,
    status: &Status,
    root: &Path,
    folder: &Path,
) -> State {
    match letter {
        'R' => {
            let left = status.voluntary.zip(status.involuntary);
            match schedule.zip(left) {
                Some((schedule, (voluntary, involuntary))) => {
                    if schedule.slices > voluntary + involuntary {
                        State::Running
                    } else {
                        State::Ready
                    }
                }
                None => State::Runnable,
            }
        }
        'T' | 't' => State::Stopped,
        'Z' | 'X' | 'x' => State::Dead,
        // S, D, and those of the kernel's own threads.
        _ => State::Blocked(blocked(letter == 'D', root, folder)),
    }
}

/// On what. These files are for who may trace the process; and the thread may run again by now.
fn blocked(is_uninterruptible: bool, root: &Path, folder: &Path) -> Blocked {
    let place = text(folder, "wchan").ok();
    let call = text(folder, "syscall").ok();
    let call = call.and_then(|text| parse::call(&text));
    let (call, descriptor) = match call {
        Some((number, first)) => match calls::name(number) {
            Some((name, waits_on)) => (Some(name.to_owned()), waits_on.then_some(first)),
            None => (Some(format!("syscall {number}")), None),
        },
        None => (None, None),
    };
    let on = descriptor.and_then(|fd| fs::read_link(root.join("fd").join(fd.to_string())).ok());
    Blocked {
        call,
        on: on.map(|on| on.to_string_lossy().into_owned()),
        place: place.and_then(|text| parse::place(&text)),
        is_uninterruptible,
    }
}

fn text(folder: &Path, file: &str) -> io::Result<String> {
    let bytes = fs::read(folder.join(file))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// As [`text`], but empty for a file that this kernel does not have.
fn optional(folder: &Path, file: &str) -> io::Result<String> {
    text(folder, file).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(String::new()),
        _ => Err(error),
    })
}

fn tick() -> Duration {
    let ticks = u32::try_from(clock_ticks_per_second()).unwrap_or(100);
    Duration::from_secs(1) / ticks.max(1)
}

/// How long ago that was, in ticks since the machine began.
fn age(began: u64) -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let now = Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    );
    let began = tick().as_nanos().saturating_mul(u128::from(began));
    let began = Duration::from_nanos(u64::try_from(began).unwrap_or(u64::MAX));
    now.saturating_sub(began)
}
