//! The runtimes that the scenarios of tasks compare, each behind the same few functions, so that the work is written once.
//!
//! A scenario's work is `async fn work<R: Runtime>(…)`, and a contestant of it is `Yibu::run(work::<Yibu>(…))`. `run` is not in the trait, because what it
//! asks of the future differs: tokio's multi-thread runtime wants it `Send`. Each `run` makes a new runtime, so that an order leaves nothing behind, and runs the
//! work as a task of it where that is cheaper for the runtime than the future of its `block_on`.
#![forbid(unsafe_code)]

#[cfg(feature = "peers")]
pub(crate) mod compio;
#[cfg(feature = "peers")]
pub(crate) mod glommio;
#[cfg(feature = "peers")]
pub(crate) mod monoio;
#[cfg(feature = "peers")]
pub(crate) mod smol;
#[cfg(feature = "peers-queue")]
pub(crate) mod tokio_current;
#[cfg(feature = "peers")]
pub(crate) mod tokio_localset;
#[cfg(feature = "peers")]
pub(crate) mod tokio_multi;
pub(crate) mod yibu;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What the work needs of a runtime; called on its loop.
pub(crate) trait Runtime: 'static {
    /// Spawns a task; what comes back is its handle, already without what can go wrong.
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64>;

    /// Lets the other tasks run: the runtime's own function, if it has one.
    fn yield_now() -> impl Future<Output = ()> + Send;

    /// Waits. Set when it is first polled, at the latest.
    fn sleep(delay: Duration) -> impl Future<Output = ()>;
}

/// The handle of a task that runs to its end. An `async` block that awaits the handle would cost ten nanoseconds.
struct Joined<H>(H);

impl<E: Debug, H: Future<Output = Result<u64, E>> + Unpin> Future for Joined<H> {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let done = Pin::new(&mut self.0).poll(cx);
        done.map(|done| done.expect("it ran to its end"))
    }
}

/// A sleep that has something to say, which nobody wants to know.
#[cfg(feature = "peers")]
struct Elapsed<S>(S);

#[cfg(feature = "peers")]
impl<S: Future + Unpin> Future for Elapsed<S> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}

#[cfg(all(test, feature = "peers"))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::time::Instant;

    /// Two tasks that each wait for the other's next step, with nothing but `yield_now`; a sleep that takes its time.
    async fn take_turns<R: Runtime>() {
        let steps = Arc::new(AtomicU64::new(0));
        let task = |first: u64| {
            let steps = Arc::clone(&steps);
            R::spawn(async move {
                for step in (first..100).step_by(2) {
                    while steps.load(Relaxed) != step {
                        R::yield_now().await;
                    }
                    steps.store(step + 1, Relaxed);
                }
                first
            })
        };
        let (even, odd) = (task(0), task(1));
        assert_eq!(even.await + odd.await, 1);
        assert_eq!(steps.load(Relaxed), 100);
        let began = Instant::now();
        R::sleep(Duration::from_millis(20)).await;
        assert!(began.elapsed() >= Duration::from_millis(19));
    }

    #[test]
    fn yibu_takes_turns() {
        super::yibu::Yibu::run(take_turns::<super::yibu::Yibu>());
    }

    #[test]
    fn tokio_current_takes_turns() {
        super::tokio_current::TokioCurrent::run(take_turns::<super::tokio_current::TokioCurrent>());
    }

    #[test]
    fn tokio_localset_takes_turns() {
        super::tokio_localset::TokioLocalSet::run(
            take_turns::<super::tokio_localset::TokioLocalSet>(),
        );
    }

    #[test]
    fn tokio_multi_takes_turns() {
        super::tokio_multi::TokioMulti::run(take_turns::<super::tokio_multi::TokioMulti>());
    }

    #[test]
    fn smol_takes_turns() {
        super::smol::Smol::run(take_turns::<super::smol::Smol>());
    }

    #[test]
    fn monoio_takes_turns() {
        super::monoio::Monoio::run(take_turns::<super::monoio::Monoio>());
    }

    #[test]
    fn compio_takes_turns() {
        super::compio::Compio::run(take_turns::<super::compio::Compio>());
    }

    #[test]
    fn glommio_takes_turns() {
        super::glommio::Glommio::run(take_turns::<super::glommio::Glommio>());
    }
}
