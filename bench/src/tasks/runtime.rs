//! What the work needs of a runtime.

#![forbid(unsafe_code)]

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

/// A loop on one thread, whose tasks need not be `Send`.
pub(super) trait Runtime {
    /// Runs a future in a new loop.
    fn run<F: Future<Output: 'static> + 'static>(future: F) -> F::Output;

    /// Spawns a task on the loop that runs; the result is its handle.
    fn spawn<F: Future<Output = usize> + 'static>(
        future: F,
    ) -> impl Future<Output = Result<usize, impl Debug>>;

    /// Lets the other tasks run.
    fn yield_now() -> impl Future<Output = ()>;

    /// Waits.
    fn sleep(delay: Duration) -> impl Future<Output = ()>;
}
