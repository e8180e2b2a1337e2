//! States and time slices of real threads.
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

use std::cell::Cell;
use std::hash::{DefaultHasher, Hasher};
use std::hint::{black_box, spin_loop};
use std::io::{ErrorKind, PipeReader, Read, Write, pipe};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use yibu::thread::{self, Builder, Class, State, ThreadUsage};

const PATIENCE: Duration = Duration::from_secs(60);

fn find(name: &str) -> Option<ThreadUsage> {
    let threads = thread::list().unwrap();
    threads.iter().find(|thread| thread.name == name).cloned()
}

/// Samples until the thread is as wanted.
fn until(name: &str, wanted: impl Fn(&ThreadUsage) -> bool) -> ThreadUsage {
    let started = Instant::now();
    loop {
        let found = find(name);
        if let Some(found) = found.clone().filter(|found| wanted(found)) {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "it stays {found:?}");
        std::thread::yield_now();
    }
}

fn hash(rounds: usize) {
    let mut hasher = DefaultHasher::new();
    for n in 0..rounds {
        hasher.write_usize(black_box(n));
    }
    black_box(hasher.finish());
}

/// The CPU time of this thread.
fn own_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}

/// Does `work` for each byte.
fn read(mut from: PipeReader, work: impl Fn()) {
    while from.read_exact(&mut [0]).is_ok() {
        work();
    }
}

/// The four of the module's essay. Where other programs take the CPUs, the one that paces the pipes gets late, and so do those that read; the one
/// that does both computes, in its own CPU time, for as long as it waited, so that it stays what it is.
#[test]
fn threads_are_classified_by_what_they_do() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let named = |name| Builder::new().name(name);
    let looping = named("loops").spawn(|| {
        while !STOP.load(Ordering::Relaxed) {
            spin_loop();
        }
    });
    let hashing = named("hashes").spawn(|| {
        while !STOP.load(Ordering::Relaxed) {
            hash(1_000);
        }
    });
    let (from, mut reads) = pipe().unwrap();
    let reading = named("reads").spawn(move || read(from, || ()));
    let (from, mut both) = pipe().unwrap();
    let (did, done) = channel();
    let mixing = named("does both").spawn(move || {
        let since = Cell::new(Instant::now());
        read(from, || {
            let waited = since.get().elapsed().min(Duration::from_millis(12));
            let began = own_time();
            while own_time() - began < waited {
                hash(1_000);
            }
            let _ = did.send(());
            since.set(Instant::now());
        })
    });
    let threads = [looping, hashing, reading, mixing].map(Result::unwrap);
    until("hashes", |thread| thread.running > Some(Duration::ZERO));
    until("loops", |thread| thread.running > Some(Duration::ZERO));

    let before = thread::list().unwrap();
    for _ in 0..100 {
        reads.write_all(b"x").unwrap();
        both.write_all(b"x").unwrap();
        done.recv_timeout(PATIENCE).unwrap();
        thread::sleep(Duration::from_millis(4));
    }
    let after = thread::list().unwrap();
    let classes = |name: &str| {
        let found = after.since(&before).find(|(thread, _)| thread.name == name);
        let (thread, slices) = found.unwrap();
        assert!(slices.window >= Duration::from_millis(500), "{slices:?}");
        let life = thread.slices_of_life().class();
        eprintln!("{name}: {slices:?}, over its life {life:?}");
        [slices.class(), life].map(Option::unwrap)
    };
    assert_eq!(classes("loops"), [Class::Busy; 2]);
    assert_eq!(classes("hashes"), [Class::Busy; 2]);
    assert_eq!(classes("reads"), [Class::Waiting; 2]);
    assert_eq!(classes("does both"), [Class::Mixed; 2]);

    STOP.store(true, Ordering::Relaxed);
    drop((reads, both));
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_blocked_thread_says_on_what() {
    let (from, to) = pipe().unwrap();
    let waits = Builder::new().name("in a read").spawn(|| read(from, || ()));
    let waits = waits.unwrap();
    let found = until("in a read", |thread| {
        let Some(State::Blocked(on)) = &thread.state else {
            return false;
        };
        on.call.as_deref() == Some("read")
    });
    let Some(State::Blocked(on)) = &found.state else {
        unreachable!("it was just looked at")
    };
    assert!(on.on.as_ref().unwrap().starts_with("pipe:["), "{on:?}");
    assert!(!on.is_uninterruptible);
    let text = found.state.as_ref().unwrap().to_string();
    assert!(text.starts_with("blocked: read of pipe:["), "{text}");
    assert_eq!(found.id, Some(waits.thread().id()));
    assert_eq!(found.is_daemon, Some(false));
    assert_eq!(found.spun, Some(Duration::ZERO));
    drop(to);
    waits.join().unwrap();

    let parked = Builder::new().name("in a lock");
    let _parked = parked.spawn_daemon(std::thread::park).unwrap();
    until("in a lock", |thread| {
        let state = thread.state.as_ref().unwrap();
        state.to_string() == "blocked: futex"
    });
}

/// On one CPU, who looks is the one that runs, and who spins is ready. Where the files were not of one moment, neither is claimed.
#[test]
fn running_and_ready_are_told_apart() {
    let looks = std::thread::spawn(|| {
        let all = sched_getaffinity(None).unwrap();
        let cpu = (0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu)).unwrap();
        let mut one = CpuSet::new();
        one.set(cpu);
        sched_setaffinity(None, &one).unwrap();
        static STOP: AtomicBool = AtomicBool::new(false);
        let spins = Builder::new().name("kept off").spawn(|| {
            // It inherits the CPU.
            while !STOP.load(Ordering::Relaxed) {
                spin_loop();
            }
        });
        let own = thread::current().kernel_id();
        until("kept off", |thread| thread.slices > Some(0));
        let (mut ready, mut running) = (0, 0);
        for _ in 0..200 {
            let threads = thread::list().unwrap();
            let kept_off = threads.iter().find(|thread| thread.name == "kept off");
            let kept_off = kept_off.unwrap().state.as_ref();
            assert!(matches!(kept_off, Some(State::Ready | State::Runnable)));
            ready += usize::from(kept_off == Some(&State::Ready));
            let own = threads.iter().find(|thread| thread.kernel_id == own);
            let own = own.unwrap().state.as_ref();
            assert!(matches!(own, Some(State::Running | State::Runnable)));
            running += usize::from(own == Some(&State::Running));
        }
        assert!(ready > 100 && running > 100, "{ready} and {running} of 200");
        STOP.store(true, Ordering::Relaxed);
        spins.unwrap().join().unwrap();
    });
    looks.join().unwrap();
}

#[test]
fn a_hostile_name_is_only_a_name() {
    let (go, wait) = channel::<()>();
    let name = "a) R (0\n1 2)";
    let thread = Builder::new().name(name).spawn(move || wait.recv());
    let thread = thread.unwrap();
    let found = until(name, |thread| {
        thread.state.as_ref().is_some_and(State::is_blocked)
    });
    // As the kernel knows it, without our list.
    let usage = thread::usage(std::process::id()).unwrap();
    let raw = usage.iter().find(|raw| raw.kernel_id == found.kernel_id);
    assert_eq!(raw.unwrap().name, name);
    assert!(found.age.unwrap() < PATIENCE * 10);
    go.send(()).unwrap();
    thread.join().unwrap().unwrap();
}

#[test]
fn foreign_threads_are_listed_without_what_is_not_known() {
    let (go, wait) = channel::<()>();
    let foreign = std::thread::Builder::new().name("foreign".to_owned());
    let foreign = foreign.spawn(move || wait.recv()).unwrap();
    let found = until("foreign", |thread| thread.state.is_some());
    assert_eq!((found.id, found.is_daemon), (None, None));
    go.send(()).unwrap();
    foreign.join().unwrap().unwrap();
}

#[test]
fn another_process_is_read_the_same_way() {
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    let started = Instant::now();
    loop {
        let usage = thread::usage(child.id()).unwrap();
        assert_eq!(usage.process(), child.id());
        let [thread] = &usage.iter().collect::<Vec<_>>()[..] else {
            panic!("sleep has one thread: {usage:?}")
        };
        assert_eq!(thread.kernel_id, Some(child.id()));
        assert_eq!(
            (thread.id, thread.is_daemon, thread.spun),
            (None, None, None)
        );
        let text = thread.state.as_ref().unwrap().to_string();
        if thread.name == "sleep" && text.contains("nanosleep") {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "it stays {thread:?}");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let error = thread::usage(child.id()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("it has ended"), "{error}");
}

/// A process that has ended and that its parent has not asked for is still there, dead.
#[test]
fn a_dead_process_is_dead() {
    let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    loop {
        let usage = thread::usage(child.id()).unwrap();
        let state = usage.iter().next().unwrap().state.clone();
        if state == Some(State::Dead) {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "it stays {state:?}");
        std::thread::yield_now();
    }
    child.wait().unwrap();
}

/// Threads come and go while they are listed.
#[test]
fn a_thread_that_vanishes_is_left_out() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let churns = thread::spawn(|| {
        let mut started = 0;
        while !STOP.load(Ordering::Relaxed) {
            thread::spawn(|| ()).join().unwrap();
            started += 1;
        }
        started
    });
    let own = thread::current().kernel_id();
    for _ in 0..300 {
        let threads = thread::list().unwrap();
        assert!(threads.iter().any(|thread| thread.kernel_id == own));
    }
    STOP.store(true, Ordering::Relaxed);
    assert!(churns.join().unwrap() > 0);
}
