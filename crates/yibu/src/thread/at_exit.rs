//! What is run when the program ends.
#![forbid(unsafe_code)]

use std::sync::{Mutex, PoisonError};

use crate::rt::hush;

type Hook = Box<dyn FnOnce() + Send>;

static HOOKS: Mutex<Vec<Hook>> = Mutex::new(Vec::new());

/// Has `f` called when the program ends: once, on the thread whose [`main_scope`](super::main_scope) or [`run`](crate::run) ends, when all non-daemon
/// threads have ended and while daemons still run. The last that was given is called first.
///
/// A hook that panics does not stop the others. One that is given while hooks run is called next (Python 3.11 forgets it). A thread that a hook
/// starts is not waited for, as in Python: let the hook join it. The end by `std::process::exit`, or by a signal, calls none. Python's `atexit.register`.
///
/// ```
/// use std::sync::mpsc::channel;
/// use yibu::thread;
///
/// let (sender, order) = channel();
/// let end = thread::main_scope();
/// for n in [1, 2] {
///     let sender = sender.clone();
///     thread::at_exit(move || sender.send(n).unwrap());
/// }
/// end.end();
/// assert_eq!((order.recv(), order.recv()), (Ok(2), Ok(1)));
/// ```
pub fn at_exit<F: FnOnce() + Send + 'static>(f: F) {
    let mut hooks = HOOKS.lock().unwrap_or_else(PoisonError::into_inner);
    hooks.push(Box::new(f));
}

fn last() -> Option<Hook> {
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// Calls all that were given, and forgets them.
pub(super) fn run_hooks() {
    while let Some(hook) = last() {
        hush(hook);
    }
}
