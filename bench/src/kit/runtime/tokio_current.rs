//! tokio's current-thread runtime with the ordinary `tokio::spawn`, whose tasks must be `Send` even there.
//!
//! After its own `yield_now`, which it recommends, the task is run again only after the driver has been asked.
#![forbid(unsafe_code)]

use super::{Joined, Runtime};
use std::future::Future;
use std::time::Duration;
use tokio::task::coop;

pub(crate) struct TokioCurrent;

impl TokioCurrent {
    /// In a task, since tokio looks at its driver before each poll of a main future; and one without a budget, since a timer that it polls after 128
    /// others would not be set but put off.
    pub(crate) fn run<F: Future<Output: Send> + Send + 'static>(work: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("epoll and an eventfd");
        runtime.block_on(async {
            tokio::spawn(coop::unconstrained(work))
                .await
                .expect("it ran to its end")
        })
    }
}

impl Runtime for TokioCurrent {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        Joined(tokio::spawn(task))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(delay)
    }
}
