//! The handle on a thread that the program's end does not wait for.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::task::Waker;
#[cfg(panic = "unwind")]
use std::task::{Context, Poll};
#[cfg(panic = "unwind")]
use std::time::{Duration, Instant};

use super::current::Thread;
use crate::rt::hush;
#[cfg(panic = "unwind")]
use crate::rt::park::block_on;
use crate::sync_shim::{Mutex, MutexGuard};

/// A handle on a daemon thread: there is nothing to join, and it can be [killed](Self::kill).
///
/// [`spawn_daemon`](super::spawn_daemon) and [`Builder::spawn_daemon`](super::Builder::spawn_daemon) return it. Dropping it does nothing to the
/// thread. A daemon that panics is reported when it ends (see [`set_panic_hook`](super::set_panic_hook)).
pub struct DaemonHandle {
    thread: Thread,
    ended: Arc<Ended>,
}

/// What has come of a [kill](DaemonHandle::kill).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Kill {
    /// The thread has ended, and what was on its stack is dropped.
    Ended,
    /// It will end at its next wait in this library.
    Pending,
}

impl DaemonHandle {
    pub(super) fn new(thread: Thread, ended: Arc<Ended>) -> Self {
        DaemonHandle { thread, ended }
    }

    /// Makes the thread's next wait in this library unwind it, quietly, so that its destructors run, and waits for its end no longer than `timeout`.
    ///
    /// [The module](super#kill) says what that means. It cannot be taken back; a second call waits again. With `Duration::ZERO` it
    /// does not wait, and may be called in a task. Not available under `panic = "abort"`, where nothing unwinds.
    ///
    /// A thread that kills itself unwinds from here.
    ///
    /// # Panics
    /// On a thread that runs an event loop, if it has to wait.
    ///
    /// ```
    /// use std::time::Duration;
    /// use yibu::thread::{self, Kill};
    ///
    /// let daemon = thread::spawn_daemon(|| loop {
    ///     thread::sleep(Duration::from_secs(3600));
    /// });
    /// assert_eq!(daemon.kill(Duration::from_secs(60)), Kill::Ended);
    /// assert!(daemon.is_finished());
    /// ```
    #[cfg(panic = "unwind")]
    #[track_caller]
    pub fn kill(&self, timeout: Duration) -> Kill {
        self.thread.kill();
        if !self.is_finished() && !timeout.is_zero() {
            let deadline = Instant::now().checked_add(timeout);
            let end = std::future::poll_fn(|cx| self.ended.poll_wait(cx));
            // Whether it has ended is asked below.
            let _ = block_on(
                end,
                deadline,
                "kill(Duration::ZERO), and later is_finished()",
            );
        }
        if self.is_finished() {
            Kill::Ended
        } else {
            Kill::Pending
        }
    }

    /// Whether the thread has ended: by returning, by a panic or by a kill.
    pub fn is_finished(&self) -> bool {
        self.ended.is_set()
    }

    /// Which thread it is.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

/// Whether a daemon has ended, and who waits for that.
pub(super) struct Ended(Mutex<Progress>);

enum Progress {
    Running(Vec<Waker>),
    Ended,
}

impl Ended {
    pub(super) fn new() -> Self {
        Ended(Mutex::new(Progress::Running(Vec::new())))
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_set(&self) -> bool {
        matches!(*self.lock(), Progress::Ended)
    }

    pub(super) fn set(&self) {
        let before = std::mem::replace(&mut *self.lock(), Progress::Ended);
        if let Progress::Running(wakers) = before {
            wakers.into_iter().for_each(|waker| hush(|| waker.wake()));
        }
    }

    /// The wakers are those of threads that wait, whose clones and destructors are ours.
    #[cfg(panic = "unwind")]
    pub(super) fn poll_wait(&self, cx: &Context<'_>) -> Poll<()> {
        let Progress::Running(wakers) = &mut *self.lock() else {
            return Poll::Ready(());
        };
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Where nothing unwinds there is no `kill`: if there were, this would not compile.
#[cfg(not(panic = "unwind"))]
const _: fn(&DaemonHandle) = |handle| {
    trait NotOffered {
        fn kill(&self) {}
    }
    impl NotOffered for DaemonHandle {}
    handle.kill();
};

impl fmt::Debug for DaemonHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DaemonHandle")
            .field("thread", &self.thread)
            .field("is_finished", &self.is_finished())
            .finish()
    }
}
