//! Models of a thread that waits, explored by loom (the command is in `task::models`): no wake is lost, no kill either.
//!
//! Each explores every interleaving with at most [`PREEMPTIONS`] preemptions. A wake that is lost leaves the sleeper asleep for ever, which loom reports as a
//! deadlock. Three are enough to find each of nine defects that were planted to try the models out: a store in place of the swap that passes a wake on, no
//! such swap, a wake that is a load and a store, a relaxed one, a relaxed look at it, a kill that unparks nobody, or too early, or wakes no loop, or is not looked at
//! after a sleep.
#![forbid(unsafe_code)]

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, Waker};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize};
use loom::thread;

use super::park::{Killed, Parker, block_on, current};

const PREEMPTIONS: usize = 3;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(f);
}

fn wait(future: impl Future<Output = ()>) {
    block_on(future, None, "").unwrap();
}

/// Whether `f` was unwound by a kill.
fn is_killed(f: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(()) => false,
        Err(payload) => {
            assert!(payload.is::<Killed>());
            true
        }
    }
}

/// What a thread waits for; whoever raises it wakes the thread by a waker that was made beforehand.
#[derive(Clone)]
struct Flag(Arc<AtomicBool>);

impl Flag {
    fn new() -> Self {
        Flag(Arc::new(AtomicBool::new(false)))
    }

    fn raise(&self) {
        self.0.store(true, Release);
    }

    fn is_raised(&self) -> bool {
        self.0.load(Acquire)
    }

    /// Ready when it is raised.
    fn wait(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|_| {
            if self.is_raised() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }
}

fn waker(parker: &std::sync::Arc<Parker>) -> Waker {
    Waker::from(parker.clone())
}

/// Two wakes against a sleep: what was written before each is seen.
#[test]
fn loom_park_wake_and_sleep() {
    model(|| {
        let waker = waker(&current());
        let count = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let (waker, count) = (waker.clone(), count.clone());
            thread::spawn(move || {
                count.fetch_add(1, Relaxed);
                waker.wake();
            });
        }
        wait(poll_fn(|_| {
            if count.load(Relaxed) == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
    });
}

/// A wait that follows another finds no wake missing: one waker is called twice, for two waits.
#[test]
fn loom_park_two_waits() {
    model(|| {
        let waker = waker(&current());
        let (first, second) = (Flag::new(), Flag::new());
        let flags = (first.clone(), second.clone());
        thread::spawn(move || {
            flags.0.raise();
            waker.wake_by_ref();
            flags.1.raise();
            waker.wake_by_ref();
        });
        wait(first.wait());
        wait(second.wait());
    });
}

/// A wait inside the poll of another, on the same parker: the inner one takes up a wake that was meant for the outer one.
#[test]
fn loom_park_nested() {
    model(|| {
        let waker = waker(&current());
        let (outer, inner) = (Flag::new(), Flag::new());
        for flag in [outer.clone(), inner.clone()] {
            let waker = waker.clone();
            thread::spawn(move || {
                flag.raise();
                waker.wake();
            });
        }
        let mut is_first = true;
        wait(poll_fn(|_| {
            // Looked at before the wait within, as a future does that polls a part of itself that waits.
            let is_raised = outer.is_raised();
            if std::mem::take(&mut is_first) {
                wait(inner.wait());
            }
            if is_raised {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
    });
}

/// A kill against a sleep.
#[test]
fn loom_park_kill_and_sleep() {
    model(|| {
        let parker = current();
        let killer = thread::spawn(move || parker.kill());
        assert!(is_killed(|| wait(pending())));
        killer.join().unwrap();
        assert!(is_killed(|| wait(pending())), "again, if it was caught");
    });
}

/// A kill against a wake: the wait ends by either, and the next one by the kill.
#[test]
fn loom_park_kill_and_wake() {
    model(|| {
        let parker = current();
        let waker = waker(&parker);
        let flag = Flag::new();
        let raised = flag.clone();
        thread::spawn(move || {
            raised.raise();
            waker.wake();
        });
        thread::spawn(move || parker.kill());
        is_killed(|| wait(flag.wait()));
        assert!(is_killed(|| wait(pending())));
    });
}

/// A hand-over of one item: who serves it marks the waiter served; a waiter that is dropped when it was served, and has not taken the item, gives
/// it back.
struct Slot {
    /// Nobody waits, somebody does, the item is there for them, it was taken, it is back.
    state: AtomicUsize,
}

const WAITING: usize = 0;
const SERVED: usize = 1;
const TAKEN: usize = 2;
const LEFT: usize = 3;

struct Get<'a>(&'a Slot);

impl Future for Get<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let taken = self
            .0
            .state
            .compare_exchange(SERVED, TAKEN, Acquire, Relaxed);
        if taken.is_ok() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Get<'_> {
    fn drop(&mut self) {
        if self.0.state.load(Relaxed) != TAKEN {
            self.0.state.swap(LEFT, Acquire);
        }
    }
}

/// A waiting future is dropped by a kill while it is being served: the item was taken, or whoever serves has it back, or finds it in the slot.
#[test]
fn loom_park_kill_and_serve() {
    model(|| {
        let parker = current();
        let waker = waker(&parker);
        let slot = Arc::new(Slot {
            state: AtomicUsize::new(WAITING),
        });
        let served = slot.clone();
        let server = thread::spawn(move || {
            let was = served
                .state
                .compare_exchange(WAITING, SERVED, Release, Relaxed);
            if was.is_ok() {
                waker.wake();
            }
            was.is_ok()
        });
        let killer = thread::spawn(move || parker.kill());
        let killed = is_killed(|| wait(Get(&slot)));
        let given = server.join().unwrap();
        killer.join().unwrap();
        let is_taken = slot.state.load(Relaxed) == TAKEN;
        assert_eq!(is_taken, !killed, "what was taken is given to the caller");
        assert!(given || !is_taken);
    });
}

/// A kill of a thread whose loop is about to sleep: it sees the kill before it sleeps, or is woken.
#[test]
fn loom_park_kill_and_loop() {
    use super::park::while_looping;
    use crate::sync_shim::park;

    struct Signal(park::Thread);
    impl std::task::Wake for Signal {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }

    model(|| {
        // A token of its own, as a loop's signal is none of its thread's: the killer's unpark is not what ends this sleep.
        let signal = std::sync::Arc::new(Signal(park::Thread::new()));
        let parker = current();
        thread::spawn(move || parker.kill());
        let looping = while_looping(Waker::from(signal.clone()));
        assert!(is_killed(|| loop {
            looping.check_killed();
            signal.0.wait();
        }));
    });
}
