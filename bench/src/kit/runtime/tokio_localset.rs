//! tokio's current-thread runtime with a `LocalSet`: the form whose tasks need not be `Send`, as yibu's.
#![forbid(unsafe_code)]

use super::{Joined, Runtime};
use std::future::Future;
use std::time::Duration;
use tokio::task::{LocalSet, coop, spawn_local};

pub(crate) struct TokioLocalSet;

impl TokioLocalSet {
    /// In a task without a budget, as in `tokio_current`.
    pub(crate) fn run<F: Future<Output: 'static> + 'static>(work: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("epoll and an eventfd");
        let task = async {
            spawn_local(coop::unconstrained(work))
                .await
                .expect("it ran to its end")
        };
        LocalSet::new().block_on(&runtime, task)
    }
}

impl Runtime for TokioLocalSet {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        Joined(spawn_local(task))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(delay)
    }
}
