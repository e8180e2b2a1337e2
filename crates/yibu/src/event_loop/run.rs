//! Running a future to its end on a loop of its own.
//!
//! Unsafe here: the main future may borrow. Covered by every test that calls `run` with one that does, as in `tests/streams.rs`, under
//! AddressSanitizer.

use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::core::Core;
use super::driver;
use crate::rt::park::while_looping;
use crate::thread;

/// Runs a future to its end, on an event loop made for it on this thread, and returns what it returns.
///
/// All that is spawned meanwhile runs on the same loop, and is dropped when the future ends; to wait for a task, join it. Streams
/// that were dropped with bytes still to send get three seconds for that. To run a loop on each core, call this on a thread for each.
/// On the process's main thread it waits, at its end, for the threads that [`thread`] started and runs the at-exit hooks, unless a
/// [`thread::main_scope`] is to do so.
/// [`#[yibu::main]`](macro@crate::main) and [`#[yibu::test]`](macro@crate::test) do it around a function.
///
/// ```
/// let sum = yibu::run(async {
///     let task = yibu::spawn(async { 1 + 2 });
///     task.await.unwrap() + 4
/// });
/// assert_eq!(sum, 7);
/// ```
///
/// # Panics
///
/// As the future does; if this thread already runs a loop; or if no driver is to be had
/// ([`check_driver`](crate::event_loop::check_driver) tells beforehand).
#[track_caller]
pub fn run<F: Future>(future: F) -> F::Output {
    let _end = thread::end_of_run();
    let core = driver::choose().and_then(Core::new);
    let core = core.unwrap_or_else(|error| panic!("no event loop can be made: {error}"));
    let _entered = core.enter();
    let looping = while_looping(core.context.tasks.rouser());
    let closing = Closing(&core);
    // SAFETY: **MAIN** (`Tasks::spawn_unchecked`): `closing` drops every future of this loop before this function returns or unwinds, and so before what `future` borrows ends.
    let main = unsafe {
        core.context
            .tasks
            .spawn_unchecked(future, Location::caller())
    };
    loop {
        core.run_tasks();
        if main.is_finished() {
            break;
        }
        looping.check_killed();
        core.turn();
    }
    let Poll::Ready(result) = pin!(main).poll(&mut Context::from_waker(Waker::noop())) else {
        unreachable!("a finished task gives its result at once");
    };
    drop(closing);
    result.unwrap_or_else(|error| error.resume_unwind())
}

struct Closing<'a>(&'a Core);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
