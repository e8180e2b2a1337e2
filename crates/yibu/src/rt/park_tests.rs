//! How a thread waits, with real threads. The interleavings are explored in `park_models.rs`.
#![forbid(unsafe_code)]

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::park::{GaveUp, Killed, Parker, block_on, current, spin, while_looping};

const HERE: &str = "the other form";

/// Pending until `done`; hands its waker out when it is first polled.
fn until<'a>(
    done: impl Fn() -> bool + 'a,
    waker: &'a std::sync::mpsc::Sender<Waker>,
) -> impl Future<Output = ()> + 'a {
    poll_fn(move |cx| {
        if done() {
            return Poll::Ready(());
        }
        waker.send(cx.waker().clone()).unwrap();
        Poll::Pending
    })
}

#[test]
fn what_is_ready_does_not_wait() {
    let past = Some(Instant::now());
    assert_eq!(block_on(ready(3), past, HERE), Ok(3));
}

#[test]
fn a_deadline_ends_a_wait_and_not_before() {
    let start = Instant::now();
    let deadline = start + Duration::from_millis(3);
    let waited = block_on(pending::<()>(), Some(deadline), HERE);
    assert_eq!(waited, Err(GaveUp::TimedOut));
    assert!(start.elapsed() >= Duration::from_millis(3));
}

#[test]
fn a_wake_ends_a_wait() {
    let (sender, wakers) = channel::<Waker>();
    let (told, tell) = channel();
    let waker = thread::spawn(move || {
        let waker = wakers.recv().unwrap();
        told.send(()).unwrap();
        waker.wake();
        wakers
    });
    block_on(until(|| tell.try_recv().is_ok(), &sender), None, HERE).unwrap();
    drop(waker.join());
}

/// A wake meant for who waits further up the stack, taken up by the wait within.
#[test]
fn a_wait_within_a_wait_leaves_no_wake_out() {
    let mut polls = 0;
    let outer = poll_fn(|cx| {
        polls += 1;
        if polls == 2 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        let now = Some(Instant::now());
        assert_eq!(block_on(pending::<()>(), now, HERE), Err(GaveUp::TimedOut));
        Poll::Pending
    });
    assert_eq!(block_on(outer, None, HERE), Ok(()));
}

#[test]
#[should_panic(expected = "would block the event loop of its thread: use the other form")]
fn a_loops_thread_does_not_wait() {
    crate::rt::test_loop::run(async {
        block_on(ready(()), None, HERE).expect("it does not wait");
        let _ = block_on(pending::<()>(), None, HERE);
    });
}

/// Runs `f` on a thread that can be killed from here by the parker that it is given.
fn on_a_thread<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> (std::sync::Arc<Parker>, thread::JoinHandle<T>) {
    let (sender, parker) = channel();
    let thread = thread::spawn(move || {
        sender.send(current()).unwrap();
        f()
    });
    (parker.recv().unwrap(), thread)
}

#[test]
fn a_kill_unwinds_a_wait_and_the_next() {
    let (parker, thread) = on_a_thread(|| {
        let wait = || block_on(pending::<()>(), None, HERE);
        let caught = [catch_unwind(wait), catch_unwind(wait)];
        caught.map(|caught| caught.unwrap_err().is::<Killed>())
    });
    parker.kill();
    assert_eq!(thread.join().unwrap(), [true, true]);
}

#[test]
fn a_kill_is_raised_at_a_wait_only() {
    current().kill();
    assert_eq!(block_on(ready(1), None, HERE), Ok(1));
    assert!(!spin(|| false));
    let wait = || block_on(pending::<()>(), Some(Instant::now()), HERE);
    assert!(
        catch_unwind(wait).is_err(),
        "before the deadline is looked at"
    );
}

struct WaitsWhenDropped<'a>(&'a mut Option<Result<(), GaveUp>>);

impl Drop for WaitsWhenDropped<'_> {
    fn drop(&mut self) {
        *self.0 = Some(block_on(pending::<()>(), None, HERE));
    }
}

#[test]
fn a_wait_while_it_unwinds_just_returns() {
    current().kill();
    let mut waited = None;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _waits = WaitsWhenDropped(&mut waited);
        let _ = block_on(pending::<()>(), None, HERE);
    }));
    assert!(caught.unwrap_err().is::<Killed>());
    assert_eq!(waited, Some(Err(GaveUp::Killed)));
}

#[test]
fn where_the_work_is_over_nothing_unwinds() {
    let own = current();
    own.kill();
    own.end();
    let waited = block_on(pending::<()>(), None, HERE);
    assert_eq!(waited, Err(GaveUp::Killed));
}

#[test]
fn a_kill_wakes_the_threads_loop() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    struct Count(AtomicU32);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicU32::new(0)));
    let looping = while_looping(Waker::from(count.clone()));
    looping.check_killed();
    current().kill();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(catch_unwind(AssertUnwindSafe(|| looping.check_killed())).is_err());
    drop(looping);
    current().kill();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

#[test]
fn spins_are_bounded_and_counted() {
    let before = current().spun();
    assert!(spin(|| true));
    assert!(!spin(|| false));
    let spun = current().spun() - before;
    let one_core = thread::available_parallelism().unwrap().get() == 1;
    assert!(one_core || spun > Duration::ZERO || super::park::spinning() > 0);
}
