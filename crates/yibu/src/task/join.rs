//! The handle by which a task's output is awaited.
//!
//! Unsafe here: the handle's share of the header, and taking the output out of it. Invariants H1 to H3 of
//! [`super::header`]; covered by `tests.rs` under AddressSanitizer.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

use super::error::{JoinError, report};
use super::header::Header;
use super::waker::LocalWaker;

/// A handle on a spawned task: awaiting it gives the task's output.
///
/// [`spawn`](crate::spawn) returns it. It stays on the task's thread.
///
/// # Errors
/// [`JoinError::Panicked`] if the task panicked, [`JoinError::Cancelled`] if it was aborted or if its loop ended first.
///
/// # Panics
/// If it is polled again after it gave the output.
///
/// # Cancellation
/// Dropping the handle detaches the task, which runs on; its output is dropped when it ends, and a panic is
/// reported (see [`set_panic_hook`](crate::task::set_panic_hook)).
///
/// ```
/// # fn main() { yibu::run(async {
/// let task = yibu::spawn(async { 6 * 7 });
/// assert_eq!(task.await.unwrap(), 42);
/// # }) }
/// ```
pub struct JoinHandle<T> {
    task: NonNull<Header>,
    /// It may own an output, and is not `Send`: it touches the header without atomics (H2).
    _output: PhantomData<T>,
}

impl<T> JoinHandle<T> {
    /// # Safety
    /// The caller passes on a share of the task (H1), on the loop's thread (H2); the task stores a `Result<T, JoinError>` (H3).
    #[inline]
    pub(super) unsafe fn new(task: NonNull<Header>) -> Self {
        JoinHandle {
            task,
            _output: PhantomData,
        }
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: H1, by the handle's share.
        unsafe { self.task.as_ref() }
    }

    /// Asks the loop to drop the task's future at its next turn, unless it finishes first; the joiner then gets
    /// [`JoinError::Cancelled`]. To stop waiting without stopping the task, drop the handle instead.
    ///
    /// The future is dropped by the loop, never inside this call, so a task may abort itself.
    ///
    /// ```
    /// # fn main() { yibu::run(async {
    /// let task = yibu::spawn(std::future::pending::<()>());
    /// task.abort();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # }) }
    /// ```
    pub fn abort(&self) {
        if self.header().state.abort() {
            // SAFETY: H1, by the handle's share.
            unsafe { Header::wake(self.task) }
        }
    }

    /// Whether the task has ended, so that awaiting it would not wait.
    pub fn is_finished(&self) -> bool {
        self.header().state.is_done()
    }

    #[inline]
    fn take_output(&mut self) -> Option<Result<T, JoinError>> {
        // SAFETY: H3: `OUTPUT` was set and is cleared.
        self.header()
            .state
            .take_output()
            .then(|| unsafe { Header::take_output(self.task) })
    }

    /// Leaves word for whoever ends the task. Cloning and dropping a foreign waker is user code, so the slot is settled around it.
    fn register(&self, cx: &Context<'_>) {
        let slot = &self.header().joiner;
        let current = slot.take();
        if current
            .as_ref()
            .is_some_and(|current| current.will_wake(cx.waker()))
        {
            slot.set(current);
            return;
        }
        drop(current);
        slot.set(Some(LocalWaker::new(cx.waker())));
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(outcome) = self.take_output() {
            return Poll::Ready(outcome);
        }
        assert!(
            !self.is_finished(),
            "a JoinHandle was polled again after it had given its output"
        );
        self.register(cx);
        Poll::Pending
    }
}

impl<T> Unpin for JoinHandle<T> {}

impl<T> Drop for JoinHandle<T> {
    #[inline]
    fn drop(&mut self) {
        let outcome = self.take_output();
        self.header().state.drop_handle();
        let joiner = self.header().joiner.take();
        // SAFETY: H1: the handle's share; the header is not touched again. What follows can be user code.
        unsafe { Header::unshare(self.task) }
        drop(joiner);
        if let Some(Err(JoinError::Panicked(panic))) = outcome {
            report(panic);
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("task", &self.header().type_name())
            .field("is_finished", &self.is_finished())
            .finish()
    }
}
