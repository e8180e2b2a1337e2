//! The end of the program: who waits for whom.
#![forbid(unsafe_code)]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::at_exit::run_hooks;
use super::current::current;
use super::registry::wait_for_non_daemons;

/// Scopes that live.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// While it lives the program has not ended; see [`main_scope`].
#[must_use = "the program ends where this is dropped: let _end = thread::main_scope();"]
#[derive(Debug)]
pub struct MainScope {
    /// It stays on its thread.
    _not_send: PhantomData<*const ()>,
}

/// Makes the end of `main` what it is in Python: the first line of a `main` that starts threads and is not
/// [`#[yibu::main]`](macro@crate::main).
///
/// Where the guard is dropped, also by a panic, this thread waits for every non-daemon thread that [`thread`](super) started, and for those that they start;
/// then runs the [at-exit hooks](super::at_exit); then goes on, which in `main` ends the process and all daemons with it.
///
/// [`run`](crate::run) does the same when it ends on the process's main thread. Of guards, and such runs, that are alive at once, the last to be
/// dropped does it; so a program that calls `run` more than once, with threads that live on in between, makes a guard first. A guard on a thread
/// that is itself a non-daemon does not wait for its own thread. Dropped in a task it would hold the loop up: drop it after `run`.
///
/// Other ways to end the process (`std::process::exit`, a signal, an abort) wait for nothing.
///
/// ```
/// use yibu::thread;
///
/// fn main() {
///     let _end = thread::main_scope();
///     thread::spawn(|| println!("this is printed, though nobody joins"));
///     thread::spawn_daemon(|| thread::sleep(std::time::Duration::MAX)); // and this does not hold the program up
/// }
/// ```
pub fn main_scope() -> MainScope {
    DEPTH.fetch_add(1, Ordering::Relaxed);
    MainScope {
        _not_send: PhantomData,
    }
}

impl MainScope {
    /// Ends the program's work here; the same as dropping the guard.
    ///
    /// ```
    /// let end = yibu::thread::main_scope();
    /// let worker = yibu::thread::spawn(|| ());
    /// end.end();
    /// assert!(worker.is_finished());
    /// ```
    pub fn end(self) {}
}

impl Drop for MainScope {
    fn drop(&mut self) {
        if DEPTH.fetch_sub(1, Ordering::Relaxed) == 1 {
            wait_for_non_daemons(current().id());
            run_hooks();
        }
    }
}

/// The scope of a `run`, if that is the program's.
pub(crate) fn end_of_run() -> Option<MainScope> {
    is_main_thread().then(main_scope)
}

#[cfg(target_os = "linux")]
fn is_main_thread() -> bool {
    rustix::thread::gettid() == rustix::process::getpid()
}

/// The standard library names it so, and no other, unless somebody does so on purpose.
#[cfg(not(target_os = "linux"))]
fn is_main_thread() -> bool {
    std::thread::current().name() == Some("main")
}
