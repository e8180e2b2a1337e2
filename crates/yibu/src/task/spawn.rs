//! Starting a task, and letting the others run.
#![forbid(unsafe_code)]

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::join::JoinHandle;
use crate::rt;

/// Starts a task on this thread's loop and returns the handle that joins it.
///
/// The future need not be `Send`. It runs first when the caller next awaits; to run blocking code use
/// [`to_thread`](crate::to_thread). One allocation holds the task, its future and its output.
///
/// # Panics
/// Outside an event loop.
///
/// # Cancellation
/// Dropping the handle detaches the task. Tasks that still run when the loop ends are dropped.
///
/// ```
/// # fn main() { yibu::run(async {
/// let double = yibu::spawn(async { 21 * 2 });
/// assert_eq!(double.await.unwrap(), 42);
/// # }) }
/// ```
#[inline]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let location = Location::caller();
    rt::with("yibu::spawn", |context| {
        context.tasks.spawn(future, location)
    })
}

/// Lets every other ready task run before the caller goes on, also those that I/O makes ready meanwhile.
///
/// For long work in pieces, of which then one at a time keeps the others waiting; to wait for time use [`sleep`](crate::time::sleep).
///
/// # Cancellation
/// Dropping it does nothing.
///
/// ```
/// # fn main() { yibu::run(async {
/// let other = yibu::spawn(async {});
/// yibu::yield_now().await;
/// assert!(other.is_finished());
/// # }) }
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
