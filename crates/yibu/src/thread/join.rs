//! The handle by which a thread is waited for.
#![forbid(unsafe_code)]

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::current::{Thread, current};
use super::error::{JoinError, ThreadPanic, report};
use super::outcome::Outcome;
use crate::rt::park::{GaveUp, block_on};
use crate::rt::{Payload, hush};

/// What comes of a thread's work.
pub(super) type Result<T> = std::result::Result<T, Payload>;

/// A handle on a thread: joining it, or in a task awaiting it, waits for what the thread's function returns.
///
/// [`spawn`](super::spawn) and [`Builder::spawn`](super::Builder::spawn) return it. It may go to another thread.
///
/// # Panics
/// Joining panics if this is the thread's own handle, which would wait for ever (Python's `RuntimeError: cannot join current thread`), or if what
/// came of the thread was taken before.
///
/// # Cancellation
/// Dropping the handle, or a future that awaits it, lets the thread run on; the program's end still waits for it (see
/// [`main_scope`](super::main_scope)). What it returns is dropped, and a panic is reported (see [`set_panic_hook`](super::set_panic_hook)).
///
/// ```
/// let thread = yibu::thread::spawn(|| 6 * 7);
/// assert_eq!(thread.join().unwrap(), 42);
///
/// let sum = yibu::run(async { yibu::thread::spawn(|| 1 + 2).await.unwrap() });
/// assert_eq!(sum, 3);
/// ```
pub struct JoinHandle<T> {
    thread: Thread,
    location: &'static Location<'static>,
    outcome: Arc<Outcome<Result<T>>>,
    /// `None` once joined.
    system: Option<std::thread::JoinHandle<()>>,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(
        thread: Thread,
        location: &'static Location<'static>,
        outcome: Arc<Outcome<Result<T>>>,
        system: std::thread::JoinHandle<()>,
    ) -> Self {
        JoinHandle {
            thread,
            location,
            outcome,
            system: Some(system),
        }
    }

    /// Blocks until the thread has ended, and gives what its function returned. When it returns, the thread is gone, and so are its thread-locals.
    ///
    /// A daemon that is killed in here unwinds; the joined thread runs on.
    ///
    /// # Errors
    /// [`JoinError::Panicked`] if the thread panicked; [`JoinError::Killed`] in a destructor of a daemon that was killed, if the thread has not ended.
    ///
    /// # Panics
    /// On a thread that runs an event loop: await the handle there. On the thread itself. If what came of the thread was taken before.
    ///
    /// ```
    /// let panic = yibu::thread::spawn(|| panic!("no luck")).join().unwrap_err();
    /// assert_eq!(panic.message(), Some("no luck"));
    /// ```
    #[track_caller]
    pub fn join(mut self) -> std::result::Result<T, JoinError> {
        let Ok(outcome) = self.wait(None) else {
            return Err(JoinError::Killed);
        };
        if let Some(system) = self.system.take() {
            // What the work panicked with was caught.
            let _ = system.join();
        }
        outcome
    }

    /// As [`join`](Self::join), but gives up after a time: `None`, and the handle can be used again. With `Duration::ZERO` it does not wait.
    ///
    /// The thread-locals of a thread that has ended may still be being destroyed. In a destructor of a daemon that was killed it does not wait either.
    ///
    /// # Errors
    /// [`JoinError::Panicked`] if the thread panicked.
    ///
    /// # Panics
    /// On a thread that runs an event loop, if it has to wait. On the thread itself. If what came of the thread was taken before.
    ///
    /// ```
    /// use std::time::Duration;
    /// let (go, wait) = std::sync::mpsc::channel();
    /// let mut thread = yibu::thread::spawn(move || wait.recv());
    /// assert!(thread.join_timeout(Duration::from_millis(1)).is_none());
    /// go.send(5).unwrap();
    /// assert_eq!(thread.join_timeout(Duration::MAX).unwrap().unwrap(), Ok(5));
    /// ```
    #[track_caller]
    pub fn join_timeout(&mut self, timeout: Duration) -> Option<std::result::Result<T, JoinError>> {
        if timeout.is_zero() && !self.is_finished() {
            self.refuse_itself();
            return None;
        }
        self.wait(Instant::now().checked_add(timeout)).ok()
    }

    #[track_caller]
    fn wait(
        &mut self,
        deadline: Option<Instant>,
    ) -> std::result::Result<std::result::Result<T, JoinError>, GaveUp> {
        block_on(self, deadline, "the handle's .await")
    }

    #[track_caller]
    fn refuse_itself(&self) {
        assert!(self.thread != current(), "a thread cannot join itself");
    }

    /// Whether the thread's function has ended, so that a join would not wait. Python's `not is_alive()`.
    pub fn is_finished(&self) -> bool {
        self.outcome.is_done()
    }

    /// Which thread it is.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    fn panicked(&self, payload: Payload) -> ThreadPanic {
        ThreadPanic::new(payload, self.thread.clone(), self.location)
    }

    fn explain(&self, result: Result<T>) -> std::result::Result<T, JoinError> {
        result.map_err(|payload| JoinError::Panicked(self.panicked(payload)))
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = std::result::Result<T, JoinError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.refuse_itself();
        self.outcome
            .poll_take(cx)
            .map(|result| self.explain(result))
    }
}

impl<T> Unpin for JoinHandle<T> {}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        match self.outcome.abandon() {
            Some(Err(payload)) => report(self.panicked(payload)),
            Some(Ok(value)) => drop(value),
            None => (),
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("thread", &self.thread)
            .field("is_finished", &self.is_finished())
            .finish()
    }
}

/// Leaves what came of the work where its handle is; without one, the value is dropped here, and a panic reported.
pub(super) fn leave<T>(
    outcome: &Outcome<Result<T>>,
    result: Result<T>,
    thread: &Thread,
    location: &'static Location<'static>,
) {
    match outcome.set(result) {
        Some(Err(payload)) => report(ThreadPanic::new(payload, thread.clone(), location)),
        // Its destructor is user code, at whose panic nobody is left to look.
        Some(Ok(value)) => hush(|| drop(value)),
        None => (),
    }
}
