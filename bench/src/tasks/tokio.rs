//! tokio's current-thread runtime with a `LocalSet`: the form whose tasks need not be `Send`.

#![forbid(unsafe_code)]

use super::runtime::Runtime;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;
use tokio::task::{LocalSet, coop, spawn_local, yield_now};

pub(super) struct Tokio;

impl Runtime for Tokio {
    /// In a task, since tokio looks at its driver before each poll of a main future; and one without a budget, since a timer that it
    /// polls after 128 others would not be set but put off.
    fn run<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("epoll and an eventfd");
        let task = async {
            spawn_local(coop::unconstrained(future))
                .await
                .expect("it ran to its end")
        };
        LocalSet::new().block_on(&runtime, task)
    }

    fn spawn<F: Future<Output = usize> + 'static>(
        future: F,
    ) -> impl Future<Output = Result<usize, impl Debug>> {
        spawn_local(future)
    }

    fn yield_now() -> impl Future<Output = ()> {
        yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(delay)
    }
}
