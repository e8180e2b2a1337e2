//! tokio's multi-thread runtime with two workers, one for each core: the harness, which otherwise has one of the two, only waits meanwhile.
//!
//! CPU time is that of both; where work goes to the second worker, time from start to end is what was gained by it.
#![forbid(unsafe_code)]

use super::{Joined, Runtime};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::future::Future;
use std::time::Duration;
use tokio::task::coop;

pub(crate) struct TokioMulti;

impl TokioMulti {
    /// In a task, and so on a worker: what is spawned elsewhere goes through a queue that all workers share. Without a budget, as in
    /// `tokio_current`.
    pub(crate) fn run<F: Future<Output: Send> + Send + 'static>(work: F) -> F::Output {
        allow_every_core();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("epoll, an eventfd and two threads");
        runtime.block_on(async {
            tokio::spawn(coop::unconstrained(work))
                .await
                .expect("it ran to its end")
        })
    }
}

/// Undoes the pinning of this thread and what it starts.
fn allow_every_core() {
    let mut every = CpuSet::new();
    (0..CpuSet::MAX_CPU).for_each(|core| every.set(core));
    sched_setaffinity(None, &every).expect("some core is there");
}

impl Runtime for TokioMulti {
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
