//! Models of wakers, inbox, sleep and task states, explored by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p yibu --lib --release loom_
//! ```
//!
//! Each explores every interleaving with at most [`PREEMPTIONS`] preemptions. With three, every one of seventeen defects
//! that were planted to try the models out is found (among them: a mark cleared before its link is read, a push that
//! forgets the sleeper, a wake that returns on a set mark without a swap, each order of the count weakened, a unit that
//! does not travel, a stranger taken for one's own), in well under two minutes on two cores.
//!
//! What they check: no wake is lost (the loop would sleep for ever, which loom reports as a deadlock); a poll sees what was
//! written before the wake that caused it; the header's plain cells are only reached in order; its memory is
//! freed once, after every access, and never leaks (`sync_shim::Lifetime`); futures and outputs die at home.
#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Poll, Waker};

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

use super::IoFirst;
use super::{JoinError, JoinHandle, LocalWaker, spawn};
use crate::rt::{Clock, Context};

const PREEMPTIONS: usize = 3;

fn model(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(f);
}

fn context() -> Context {
    Context::new(Clock::System, 0)
}

/// Turns the loop until `done` holds, asleep between wakes.
fn turn_until(context: &Context, mut done: impl FnMut() -> bool) {
    loop {
        context.tasks.drain_inbox();
        context
            .tasks
            .run_ready(usize::MAX, || false, || IoFirst::No);
        if done() {
            return;
        }
        if context.tasks.try_sleep() {
            context.tasks.wait_signal();
            context.tasks.awake();
        }
    }
}

fn take<T>(handle: &mut JoinHandle<T>) -> Result<T, JoinError> {
    match Pin::new(handle).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("not finished"),
    }
}

/// A task that ends when `flag` reaches `goal`, having given its waker to whoever `start` starts.
fn waits(
    flag: Arc<AtomicUsize>,
    goal: usize,
    start: impl Fn(&Waker) + 'static,
) -> JoinHandle<usize> {
    let mut polls = 0;
    spawn(poll_fn(move |cx| {
        polls += 1;
        if polls == 1 {
            start(cx.waker());
        }
        if flag.load(Relaxed) == goal {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    }))
}

/// Held by futures and outputs: dropped on the thread that made it, and not leaked.
struct AtHome(
    thread::ThreadId,
    #[allow(dead_code, reason = "it tracks leaks")] loom::alloc::Track<()>,
);

impl AtHome {
    fn new() -> Self {
        AtHome(thread::current().id(), loom::alloc::Track::new(()))
    }
}

impl Drop for AtHome {
    fn drop(&mut self) {
        assert_eq!(self.0, thread::current().id());
    }
}

/// Two threads wake one task by value; the second may find the mark set.
#[test]
fn loom_two_threads_wake_one_task() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        let mut task = waits(seen, 2, move |waker| {
            for _ in 0..2 {
                let (flag, waker) = (flag.clone(), waker.clone());
                thread::spawn(move || {
                    flag.fetch_add(1, Relaxed);
                    waker.wake();
                });
            }
        });
        turn_until(&context, || task.is_finished());
        assert!(take(&mut task).unwrap() <= 3);
        context.tasks.close();
    });
}

/// The poll that a wake causes sees what came before the wake, with nothing but the wake to order them.
#[test]
fn loom_a_wake_carries_what_was_written_before_it() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        let mut task = waits(seen, 1, move |waker| {
            let (flag, waker) = (flag.clone(), waker.clone());
            thread::spawn(move || {
                flag.store(1, Relaxed);
                waker.wake_by_ref();
            });
        });
        turn_until(&context, || task.is_finished());
        assert!(
            take(&mut task).unwrap() <= 2,
            "a wake came without its reason"
        );
        context.tasks.close();
    });
}

/// Two tasks on one stack: links, order and sleep.
#[test]
fn loom_two_threads_wake_two_tasks() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let tasks = [(); 2].map(|()| {
            let flag = Arc::new(AtomicUsize::new(0));
            let seen = flag.clone();
            waits(seen, 1, move |waker| {
                let (flag, waker) = (flag.clone(), waker.clone());
                thread::spawn(move || {
                    flag.store(1, Relaxed);
                    waker.wake();
                });
            })
        });
        turn_until(&context, || tasks.iter().all(JoinHandle::is_finished));
        context.tasks.close();
    });
}

/// One thread wakes a task twice: the header is pushed again while the loop takes it off.
#[test]
fn loom_a_header_is_pushed_again_while_it_is_taken() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        let mut task = waits(seen, 2, move |waker| {
            let (flag, waker) = (flag.clone(), waker.clone());
            thread::spawn(move || {
                flag.store(1, Relaxed);
                waker.wake_by_ref();
                flag.store(2, Relaxed);
                waker.wake();
            });
        });
        turn_until(&context, || task.is_finished());
        assert!(take(&mut task).unwrap() <= 3);
        context.tasks.close();
    });
}

/// Wakers are cloned, used and dropped elsewhere while the task finishes and its handle goes: whoever is last frees.
#[test]
fn loom_the_last_reference_dies_on_another_thread() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let (in_future, as_output) = (AtHome::new(), AtHome::new());
        let mut as_output = Some(as_output);
        let kept = std::sync::Arc::new(std::sync::Mutex::new(None));
        let keep = kept.clone();
        let task = spawn(poll_fn(move |cx| {
            let _held = &in_future;
            let waker = cx.waker().clone();
            *keep.lock().unwrap() = Some(waker.clone());
            thread::spawn(move || {
                let clone = waker.clone();
                clone.wake();
                drop(waker);
            });
            Poll::Ready(as_output.take())
        }));
        context.tasks.run_ready(1, || false, || IoFirst::No);
        let kept = kept.lock().unwrap().take().unwrap();
        assert!(task.is_finished());
        drop(task);
        // The last local holder is gone; a new one must count as the first did.
        let local = LocalWaker::new(&kept);
        drop(kept);
        drop(local);
        context.tasks.close();
    });
}

/// As above, from two threads, without a wake.
#[test]
fn loom_two_threads_drop_the_last_references() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        drop(spawn(poll_fn(|cx| {
            for _ in 0..2 {
                let waker = cx.waker().clone();
                thread::spawn(move || drop(waker.clone()));
            }
            Poll::Ready(AtHome::new())
        })));
        context.tasks.run_ready(1, || false, || IoFirst::No);
        context.tasks.close();
    });
}

/// The loop ends while another thread wakes a task that waits.
#[test]
fn loom_the_loop_ends_during_a_wake() {
    model(|| {
        let context = context();
        let guard = context.enter();
        let held = AtHome::new();
        let mut task = spawn(poll_fn(move |cx| -> Poll<()> {
            let _held = &held;
            let waker = cx.waker().clone();
            thread::spawn(move || {
                waker.wake_by_ref();
                waker.wake();
            });
            Poll::Pending
        }));
        context.tasks.run_ready(1, || false, || IoFirst::No);
        context.tasks.close();
        drop(guard);
        assert!(take(&mut task).unwrap_err().is_cancelled());
        drop(task);
    });
}

/// A late waker of an ended loop meets the next loop on the same block, which must lose no wake of its own.
#[test]
fn loom_recycled() {
    model(|| {
        let first = context();
        let guard = first.enter();
        drop(spawn(poll_fn(|cx| -> Poll<()> {
            let waker = cx.waker().clone();
            thread::spawn(move || {
                waker.wake_by_ref();
                waker.wake();
            });
            Poll::Pending
        })));
        first.tasks.run_ready(1, || false, || IoFirst::No);
        first.tasks.close();
        drop(guard);
        drop(first);

        let second = context();
        let _guard = second.enter();
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        let mut task = waits(seen, 1, move |waker| {
            let (flag, waker) = (flag.clone(), waker.clone());
            thread::spawn(move || {
                flag.store(1, Relaxed);
                waker.wake();
            });
        });
        turn_until(&second, || task.is_finished());
        assert!(take(&mut task).unwrap() <= 2);
        second.tasks.close();
    });
}

/// As above, with the next loop on another thread, which must not touch what belongs to the first one's thread.
#[test]
fn loom_recycled_by_another_thread() {
    model(|| {
        let first = context();
        let guard = first.enter();
        let task = spawn(poll_fn(|cx| -> Poll<()> {
            let waker = cx.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        }));
        first.tasks.run_ready(1, || false, || IoFirst::No);
        first.tasks.close();
        drop(guard);
        drop(first);
        let next = thread::spawn(|| {
            let second = context();
            let _guard = second.enter();
            second.tasks.drain_inbox();
            second.tasks.close();
        });
        assert!(task.is_finished());
        drop(task);
        next.join().unwrap();
    });
}

/// An abort at home against a wake from another thread, then the end.
#[test]
fn loom_abort_against_a_wake() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let held = AtHome::new();
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        let mut task = spawn(poll_fn(move |cx| {
            let _held = &held;
            if seen.load(Relaxed) == 1 {
                return Poll::Ready(AtHome::new());
            }
            let (flag, waker) = (seen.clone(), cx.waker().clone());
            thread::spawn(move || {
                flag.store(1, Relaxed);
                waker.wake();
            });
            Poll::Pending
        }));
        context.tasks.run_ready(1, || false, || IoFirst::No);
        context.tasks.drain_inbox();
        context.tasks.run_ready(1, || false, || IoFirst::No);
        task.abort();
        turn_until(&context, || task.is_finished());
        if let Err(error) = take(&mut task) {
            assert!(error.is_cancelled());
        }
        context.tasks.close();
    });
}

/// A join on the loop while the joined task is woken from elsewhere; the joiner's share is no unit of the count.
#[test]
fn loom_join_and_wake() {
    model(|| {
        let context = context();
        let _guard = context.enter();
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        let inner = waits(seen, 1, move |waker| {
            let (flag, waker) = (flag.clone(), waker.clone());
            thread::spawn(move || {
                flag.store(1, Relaxed);
                waker.wake();
            });
        });
        let mut outer = spawn(inner);
        turn_until(&context, || outer.is_finished());
        assert!(take(&mut outer).unwrap().unwrap() <= 2);
        context.tasks.close();
    });
}
