//! Models of a daemon's kill and of a join, explored by loom (the command is in `task::models`), on top of those of `rt::park`.
//!
//! With at most [`PREEMPTIONS`] preemptions, as there. A kill, or an end, that is missed leaves somebody asleep for ever, which loom reports as a deadlock.
#![forbid(unsafe_code)]

use std::future::{pending, poll_fn};
use std::panic::catch_unwind;
use std::sync::Arc;

use loom::thread;

use super::current::{Kind, Thread};
use super::daemon::Ended;
use super::outcome::Outcome;
use crate::rt::park::{Killed, block_on};

const PREEMPTIONS: usize = 3;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(f);
}

/// A daemon as `Builder::spawn_daemon` starts it; gives whether a kill unwound it.
fn daemon(work: fn()) -> (Thread, Arc<Ended>, thread::JoinHandle<bool>) {
    let (own, ended) = (Thread::new(None, Kind::Daemon), Arc::new(Ended::new()));
    let (daemon, end) = (own.clone(), ended.clone());
    let joined = thread::spawn(move || {
        daemon.begin_kills();
        let caught = catch_unwind(work);
        daemon.end_kills();
        end.set();
        caught.is_err_and(|payload| payload.is::<Killed>())
    });
    (own, ended, joined)
}

fn wait_for(ended: &Ended) {
    block_on(poll_fn(|cx| ended.poll_wait(cx)), None, "").unwrap();
    assert!(ended.is_set());
}

/// A kill that comes before the thread begins, before it waits, while it waits: it ends, and who kills hears of it.
#[test]
fn loom_thread_kill_and_begin() {
    model(|| {
        let (thread, ended, joined) = daemon(|| {
            let _ = block_on(pending::<()>(), None, "");
        });
        thread.kill();
        wait_for(&ended);
        assert!(joined.join().unwrap());
    });
}

/// A kill that comes while the work ends by itself.
#[test]
fn loom_thread_kill_and_end() {
    model(|| {
        let (thread, ended, joined) = daemon(|| ());
        thread.kill();
        wait_for(&ended);
        assert!(!joined.join().unwrap());
        thread.kill();
    });
}

/// Two wait for one end.
#[test]
fn loom_thread_two_kill() {
    model(|| {
        let (killed, ended, _) = daemon(|| {
            let _ = block_on(pending::<()>(), None, "");
        });
        let (thread, end) = (killed.clone(), ended.clone());
        let other = thread::spawn(move || {
            thread.kill();
            wait_for(&end);
        });
        killed.kill();
        wait_for(&ended);
        other.join().unwrap();
    });
}

/// An outcome is left while its handle waits for it, or is dropped: it is had once.
#[test]
fn loom_thread_outcome() {
    for waits in [true, false] {
        model(move || {
            let outcome = Arc::new(Outcome::new());
            let left = outcome.clone();
            let thread = thread::spawn(move || left.set(5));
            let had = if waits {
                block_on(poll_fn(|cx| outcome.poll_take(cx)), None, "").ok()
            } else {
                outcome.abandon()
            };
            let back = thread.join().unwrap();
            assert_eq!(had.or(back), Some(5));
            assert!(had.is_none() || back.is_none());
            assert!(outcome.is_done());
        });
    }
}
