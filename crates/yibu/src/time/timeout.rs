//! A limit on how long another future may take.
//!
//! Unsafe here: one pin projection. Invariant T1: `Timeout` never moves its `future` and has no destructor of
//! its own, and is `Unpin` only if that is. Covered by the tests below, under AddressSanitizer.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::sleep::{Sleep, after, sleep_until};

/// Gives `future`'s output, or [`Elapsed`] if it is not ready within `limit`, counted from this call.
///
/// The future is polled before the clock is looked at, so one that is ready in time is never lost. One that never
/// gives the loop back cannot be stopped.
///
/// # Errors
/// [`Elapsed`]; it converts into an [`io::Error`] of kind `TimedOut`.
///
/// # Panics
/// Awaiting it outside an event loop panics, if the future does not finish at once.
///
/// # Cancellation
/// Dropping it drops the future. So does the limit's end, as soon as the caller drops what it awaited.
///
/// ```
/// # fn main() { yibu::run(async {
/// use std::time::Duration;
/// let never = std::future::pending::<()>();
/// assert!(yibu::time::timeout(Duration::from_millis(5), never).await.is_err());
/// # }) }
/// ```
pub fn timeout<F: IntoFuture>(limit: Duration, future: F) -> Timeout<F::IntoFuture> {
    timeout_at(after(limit), future)
}

/// As [`timeout`], until a moment; several futures can share one that way.
///
/// # Errors
/// [`Elapsed`].
///
/// # Panics
/// Awaiting it outside an event loop panics, if the future does not finish at once.
///
/// # Cancellation
/// Dropping it drops the future.
///
/// ```
/// # fn main() { yibu::run(async {
/// let deadline = std::time::Instant::now() + std::time::Duration::from_secs(1);
/// assert_eq!(yibu::time::timeout_at(deadline, async { 7 }).await, Ok(7));
/// # }) }
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        future: future.into_future(),
        sleep: sleep_until(deadline),
    }
}

/// The future of [`timeout`] and [`timeout_at`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Timeout<F> {
    future: F,
    sleep: Sleep,
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: T1: `future` is pinned where `self` is and never moved; `sleep` is `Unpin`.
        let (future, sleep) = unsafe {
            let this = self.get_unchecked_mut();
            (
                Pin::new_unchecked(&mut this.future),
                Pin::new(&mut this.sleep),
            )
        };
        if let Poll::Ready(output) = future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        sleep.poll(cx).map(|()| Err(Elapsed(())))
    }
}

/// The limit came before the future's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it took longer than its time limit")
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::rt;
    use crate::rt::test_loop::run;
    use crate::task::{spawn, yield_now};
    use crate::time::sleep;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_future_in_time() {
        run(async {
            let output = timeout(SECOND, async {
                sleep(SECOND / 2).await;
                5
            });
            assert_eq!(output.await, Ok(5));
            assert!(rt::with("a test", |context| context
                .timers
                .borrow()
                .is_empty()));
        });
    }

    #[test]
    fn the_limit_first() {
        run(async {
            let start = rt::with("a test", rt::Context::now);
            let error = timeout(SECOND, pending::<()>()).await.unwrap_err();
            assert!(rt::with("a test", rt::Context::now) >= start + SECOND);
            assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
        });
    }

    #[test]
    fn a_future_that_is_ready_beats_a_limit_that_has_passed() {
        run(async {
            assert_eq!(timeout(Duration::ZERO, async { 1 }).await, Ok(1));
            assert!(timeout(Duration::ZERO, yield_now()).await.is_err());
        });
    }

    #[test]
    fn nested_limits() {
        run(async {
            let inner = timeout(SECOND, pending::<()>());
            assert_eq!(timeout(2 * SECOND, inner).await, Ok(Err(Elapsed(()))));
            let task = spawn(timeout(SECOND, pending::<()>()));
            assert_eq!(
                timeout_at(Instant::now() + SECOND / 4, task)
                    .await
                    .map(drop),
                Err(Elapsed(()))
            );
        });
    }
}
