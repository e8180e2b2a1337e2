//! Threads for work that blocks: files where the driver has no asynchronous operation and what is
//! wanted is not in memory, the system's resolver, and whatever a program gives to [`to_thread`].
//!
//! ```text
//!   submit -> queue -> idle thread, or a new one below the limit, or the next that gets free
//!                        |  10 s idle
//!                        v
//!                      ends
//! ```
//!
//! One pool serves the whole process; it starts no thread before the first job. Jobs start in the order
//! of submission. A job that panics ends with that panic in whoever awaits it; its thread goes on.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use super::{Payload, hush};

/// Runs, or learns why it cannot.
type Job = Box<dyn FnOnce(Result<(), String>) + Send>;

const STACK: usize = 2 << 20;

static POOL: LazyLock<Arc<Pool>> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Pool::new((4 * cores).max(32), Duration::from_secs(10)))
});

/// Runs `f`, which may block, on a thread of the process's pool, and gives what it returns.
///
/// For anything that would hold the loop up: blocking system calls, long computations. At most
/// [`set_thread_limit`] such calls run at once; more wait for their turn. It may be called and awaited
/// anywhere, in a loop or not.
///
/// # Panics
/// Awaiting it panics with `f`'s payload if `f` panicked, and with the reason if no thread runs and the system refuses one.
///
/// # Cancellation
/// Dropping the future does not stop the work: `f` runs on, or will run when a thread is free, and what it
/// returns is dropped on the pool's thread.
///
/// ```
/// # fn main() { yibu::run(async {
/// let sum = yibu::to_thread(|| (1..=1_000u64).sum::<u64>()).await;
/// assert_eq!(sum, 500_500);
/// # }) }
/// ```
pub fn to_thread<F, T>(f: F) -> ToThread<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    submit(f)
}

/// Sets how many threads [`to_thread`] may use at once, in the whole process; at first four a core, and 32 at least.
///
/// Threads above a lowered limit end when they have no work.
///
/// # Panics
/// If `limit` is zero.
///
/// ```
/// yibu::set_thread_limit(64);
/// ```
pub fn set_thread_limit(limit: usize) {
    assert!(limit > 0, "work that blocks needs at least one thread");
    POOL.lock().limit = limit;
}

/// [`to_thread`] for the toolkit's own work.
pub(crate) fn submit<F, T>(f: F) -> ToThread<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    POOL.submit(f)
}

struct Pool {
    state: Mutex<State>,
    work: Condvar,
    /// How long a thread waits for work before it ends.
    patience: Duration,
    /// Bytes of stack of a thread.
    stack: usize,
}

struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    limit: usize,
    /// Of all time, for their names.
    started: usize,
}

impl Pool {
    fn new(limit: usize, patience: Duration) -> Self {
        let state = State {
            jobs: VecDeque::new(),
            threads: 0,
            idle: 0,
            limit,
            started: 0,
        };
        Pool {
            state: Mutex::new(state),
            work: Condvar::new(),
            patience,
            stack: STACK,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit<F, T>(self: &Arc<Self>, f: F) -> ToThread<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let slot = Arc::new(Slot(Mutex::new(Progress::Waiting(None))));
        let filled = slot.clone();
        self.push(Box::new(move |start| {
            filled.fill(match start {
                Ok(()) => catch_unwind(AssertUnwindSafe(f)),
                Err(why) => Err(Box::new(why)),
            });
        }));
        ToThread { slot }
    }

    fn push(self: &Arc<Self>, job: Job) {
        let mut state = self.lock();
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            self.work.notify_one();
        } else if state.threads < state.limit {
            state.threads += 1;
            state.started += 1;
            let name = format!("yibu-pool-{}", state.started);
            drop(state);
            self.start(name);
        }
    }

    fn start(self: &Arc<Self>, name: String) {
        let pool = self.clone();
        let builder = thread::Builder::new().name(name).stack_size(self.stack);
        let Err(error) = builder.spawn(move || pool.work()) else {
            return;
        };
        let mut state = self.lock();
        state.threads -= 1;
        if state.threads > 0 {
            // They will come to the job. Without any, nobody would.
            return;
        }
        let jobs = mem::take(&mut state.jobs);
        drop(state);
        for job in jobs {
            job(Err(format!(
                "the pool for blocking work has no thread and cannot start one: {error}; is the limit on threads (ulimit -u) reached?"
            )));
        }
    }

    /// What each thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job(Ok(()));
                state = self.lock();
                continue;
            }
            if state.threads > state.limit {
                break;
            }
            state.idle += 1;
            let (woken, waited) = self
                .work
                .wait_timeout(state, self.patience)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}

enum Progress<T> {
    Waiting(Option<Waker>),
    Done(Result<T, Payload>),
    /// The result was taken, or the future was dropped.
    Left,
}

/// Where a job leaves its result. User code (wakers, destructors) runs outside the lock only.
struct Slot<T>(Mutex<Progress<T>>);

impl<T> Slot<T> {
    fn replace(&self, progress: Progress<T>) -> Progress<T> {
        mem::replace(&mut *self.lock(), progress)
    }

    fn lock(&self) -> MutexGuard<'_, Progress<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, result: Result<T, Payload>) {
        let mut progress = self.lock();
        if matches!(*progress, Progress::Left) {
            drop(progress);
            hush(|| drop(result));
            return;
        }
        let before = mem::replace(&mut *progress, Progress::Done(result));
        drop(progress);
        if let Progress::Waiting(Some(waker)) = before {
            hush(|| waker.wake());
        }
    }
}

/// The future of [`to_thread`].
#[must_use = "dropping it lets the work run on, and nobody hears of its end"]
pub struct ToThread<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Future for ToThread<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let waker = cx.waker().clone();
        let mut progress = self.slot.lock();
        let before = match &mut *progress {
            Progress::Waiting(current) => current.replace(waker),
            Progress::Done(_) => {
                let Progress::Done(result) = mem::replace(&mut *progress, Progress::Left) else {
                    unreachable!()
                };
                drop(progress);
                return Poll::Ready(result.unwrap_or_else(|payload| resume_unwind(payload)));
            }
            Progress::Left => {
                panic!("the future of to_thread was polled again after it had given its output")
            }
        };
        drop(progress);
        drop(before);
        Poll::Pending
    }
}

impl<T> Unpin for ToThread<T> {}

impl<T> Drop for ToThread<T> {
    fn drop(&mut self) {
        drop(self.slot.replace(Progress::Left));
    }
}

impl<T> std::fmt::Debug for ToThread<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let done = matches!(*self.slot.lock(), Progress::Done(_));
        f.debug_struct("ToThread")
            .field("is_finished", &done)
            .finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;
    use crate::rt::test_loop::run;

    fn pool(limit: usize, patience: Duration) -> Arc<Pool> {
        Arc::new(Pool::new(limit, patience))
    }

    /// Gives the processor away until `done` holds.
    fn until(done: impl Fn() -> bool) {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < Duration::from_secs(60));
            thread::yield_now();
        }
    }

    #[test]
    fn gives_what_the_work_returns() {
        let (here, there) = run(async {
            let there = to_thread(|| thread::current().name().map(str::to_owned)).await;
            (thread::current().id(), there.unwrap())
        });
        assert_eq!(here, thread::current().id());
        assert!(there.starts_with("yibu-pool-"), "{there}");
    }

    #[test]
    #[should_panic(expected = "in the work")]
    fn a_panic_reaches_the_awaiting_task() {
        run(async { to_thread(|| panic!("in the work")).await })
    }

    #[test]
    fn threads_are_started_on_demand_up_to_the_limit() {
        let pool = pool(3, Duration::from_secs(60));
        let meet = Arc::new(Barrier::new(4));
        let (sender, order) = channel();
        for n in 0..3 {
            let (meet, sender) = (meet.clone(), sender.clone());
            drop(pool.submit(move || {
                meet.wait();
                sender.send(n).unwrap();
            }));
        }
        for n in 3..6 {
            let sender = sender.clone();
            drop(pool.submit(move || sender.send(n).unwrap()));
        }
        assert_eq!(pool.lock().threads, 3);
        until(|| pool.lock().jobs.len() == 3);
        meet.wait();
        let mut ran: Vec<i32> = (0..6).map(|_| order.recv().unwrap()).collect();
        ran.sort_unstable();
        assert_eq!(ran, [0, 1, 2, 3, 4, 5]);
        until(|| pool.lock().idle == 3);
        drop(pool.submit(|| ()));
        until(|| pool.lock().idle == 3);
        assert_eq!(
            pool.lock().threads,
            3,
            "an idle thread is used before a new one"
        );
    }

    #[test]
    fn idle_threads_end() {
        let pool = pool(2, Duration::ZERO);
        for _ in 0..50 {
            let (sender, receiver) = channel();
            drop(pool.submit(move || sender.send(()).unwrap()));
            receiver.recv().unwrap();
        }
        until(|| pool.lock().threads == 0);
        assert_eq!(pool.lock().idle, 0);
    }

    #[test]
    fn a_lowered_limit_lets_threads_end() {
        let pool = pool(2, Duration::from_secs(60));
        let meet = Arc::new(Barrier::new(3));
        for _ in 0..2 {
            let meet = meet.clone();
            drop(pool.submit(move || {
                meet.wait();
            }));
        }
        pool.lock().limit = 1;
        meet.wait();
        until(|| pool.lock().threads == 1);
    }

    #[test]
    fn dropping_the_future_lets_the_work_run_on() {
        struct Bomb(std::sync::mpsc::Sender<thread::ThreadId>);
        impl Drop for Bomb {
            fn drop(&mut self) {
                self.0.send(thread::current().id()).unwrap();
                panic!("in the destructor of a result that nobody takes");
            }
        }
        let pool = pool(1, Duration::from_secs(60));
        let (sender, dropped) = channel();
        let (go, wait) = channel::<()>();
        let future = pool.submit(move || {
            wait.recv().unwrap();
            Bomb(sender)
        });
        drop(future);
        go.send(()).unwrap();
        assert_ne!(dropped.recv().unwrap(), thread::current().id());
        let (sender, receiver) = channel();
        drop(pool.submit(move || sender.send(1).unwrap()));
        assert_eq!(receiver.recv(), Ok(1), "the thread goes on");
        assert_eq!(pool.lock().started, 1);
    }

    #[test]
    fn without_a_thread_the_awaiting_task_panics_and_says_why() {
        let pool = Arc::new(Pool {
            stack: usize::MAX / 4,
            ..Pool::new(2, Duration::ZERO)
        });
        let work = pool.submit(|| unreachable!("there is no thread"));
        let message = run(async {
            let joined: Result<(), _> = crate::task::spawn(work).await;
            joined.unwrap_err().message().unwrap().to_owned()
        });
        assert!(message.contains("cannot start one"), "{message}");
        let state = pool.lock();
        assert_eq!((state.threads, state.jobs.len()), (0, 0));
    }

    #[test]
    fn many_at_once() {
        let sum: usize = run(async {
            let work: Vec<_> = (0..1_000).map(|n| to_thread(move || n)).collect();
            let mut sum = 0;
            for n in work {
                sum += n.await;
            }
            sum
        });
        assert_eq!(sum, 499_500);
    }
}
