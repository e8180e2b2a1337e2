//! Starting threads.
#![forbid(unsafe_code)]

use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;

use super::current::{Kind, Thread, current};
use super::daemon::{DaemonHandle, Ended};
use super::error::{ThreadPanic, report};
use super::join::{JoinHandle, Result, leave};
use super::outcome::Outcome;
use super::registry;
use crate::rt::park::Killed;

/// A thread before it is started: its name, its stack, whether the program's end waits for it.
///
/// [`spawn`] and [`spawn_daemon`] are the short forms, with the defaults.
///
/// ```
/// let thread = yibu::thread::Builder::new().name("sums").stack_size(256 << 10);
/// let thread = thread.spawn(|| (1..=10).sum::<u32>())?;
/// assert_eq!(thread.thread().name(), "sums");
/// assert_eq!(thread.join().unwrap(), 55);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it starts a thread when asked to: call spawn or spawn_daemon"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
    non_daemon: bool,
}

impl Builder {
    /// A thread with a default name and the standard library's stack size (2 MiB, or `RUST_MIN_STACK`).
    pub fn new() -> Self {
        Self::default()
    }

    /// Names it, for the kernel (which keeps 15 bytes), for panics and for whoever [lists](super::list) threads.
    pub fn name(self, name: impl Into<String>) -> Self {
        let name = Some(name.into());
        Self { name, ..self }
    }

    /// Gives its stack that many bytes, at least.
    pub fn stack_size(self, bytes: usize) -> Self {
        let stack_size = Some(bytes);
        Self { stack_size, ..self }
    }

    /// Makes the program's end wait for it even if a daemon starts it, whose children are daemons otherwise. It does nothing to
    /// [`spawn_daemon`](Self::spawn_daemon).
    pub fn non_daemon(self) -> Self {
        Self {
            non_daemon: true,
            ..self
        }
    }

    /// Starts it: for work whose result, or whose end, somebody waits for.
    ///
    /// # Errors
    /// What the system says when it refuses a thread; [`InvalidInput`](io::ErrorKind::InvalidInput) if the name contains a zero byte.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let location = Location::caller();
        let inherits = !self.non_daemon && current().is_daemon();
        let kind = if inherits {
            Kind::Daemon
        } else {
            Kind::NonDaemon
        };
        let outcome = Arc::new(Outcome::new());
        let filled = outcome.clone();
        let done = move |thread: &Thread, result| leave(&filled, result, thread, location);
        let (thread, system) = self.start(kind, f, done)?;
        Ok(JoinHandle::new(thread, location, outcome, system))
    }

    /// Starts it as a daemon: for work that nobody needs when the rest of the program is done.
    ///
    /// # Errors
    /// As for [`spawn`](Self::spawn).
    #[track_caller]
    pub fn spawn_daemon<F>(self, f: F) -> io::Result<DaemonHandle>
    where
        F: FnOnce() + Send + 'static,
    {
        let location = Location::caller();
        let ended = Arc::new(Ended::new());
        let end = ended.clone();
        let done = move |thread: &Thread, result: Result<()>| {
            if let Err(payload) = result
                && !payload.is::<Killed>()
            {
                report(ThreadPanic::new(payload, thread.clone(), location));
            }
            end.set();
        };
        let (thread, _) = self.start(Kind::Daemon, f, done)?;
        Ok(DaemonHandle::new(thread, ended))
    }

    /// Starts a thread that does its work, and hands what came of it to `done`.
    fn start<T: 'static>(
        self,
        kind: Kind,
        work: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&Thread, Result<T>) + Send + 'static,
    ) -> io::Result<(Thread, std::thread::JoinHandle<()>)> {
        let thread = Thread::new(self.name, kind);
        if thread.name().contains('\0') {
            let why = "a thread's name cannot contain a zero byte";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let mut builder = std::thread::Builder::new().name(thread.name().to_owned());
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        let entry = registry::enter(&thread);
        let own = thread.clone();
        let system = builder.spawn(move || {
            entry.keep();
            own.enter();
            let result = catch_unwind(AssertUnwindSafe(work));
            own.end_kills();
            done(&own, result);
        })?;
        Ok((thread, system))
    }
}

/// Starts a thread with a default name; the handle gives what `f` returns. [`Builder::spawn`] is the form with a name and an error.
///
/// # Panics
/// If the system refuses a thread.
///
/// ```
/// let thread = yibu::thread::spawn(|| 6 * 7);
/// assert_eq!(thread.join().unwrap(), 42);
/// ```
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    started(Builder::new().spawn(f))
}

/// Starts a daemon thread with a default name: the program's end does not wait for it. [`Builder::spawn_daemon`] is the form with a name and an error.
///
/// # Panics
/// If the system refuses a thread.
///
/// ```
/// use std::time::Duration;
/// let daemon = yibu::thread::spawn_daemon(|| yibu::thread::sleep(Duration::MAX));
/// assert!(daemon.thread().is_daemon());
/// ```
#[track_caller]
pub fn spawn_daemon<F>(f: F) -> DaemonHandle
where
    F: FnOnce() + Send + 'static,
{
    started(Builder::new().spawn_daemon(f))
}

#[track_caller]
fn started<H>(handle: io::Result<H>) -> H {
    handle.unwrap_or_else(|error| {
        panic!("no thread can be started: {error}; is the limit on threads (ulimit -u) reached?")
    })
}
