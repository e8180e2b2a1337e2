//! smol's `LocalExecutor`, whose tasks need not be `Send`, with its own `block_on`, which is its reactor.
#![forbid(unsafe_code)]

use super::{Elapsed, Runtime};
use smol::LocalExecutor;
use std::future::Future;
use std::time::Duration;

pub(crate) struct Smol;

thread_local! {
    /// One for the whole process, so that tasks can name it; an order leaves no task in it.
    static EXECUTOR: &'static LocalExecutor<'static> = Box::leak(Box::new(LocalExecutor::new()));
}

fn executor() -> &'static LocalExecutor<'static> {
    EXECUTOR.with(|executor| *executor)
}

impl Smol {
    /// In a task, so that the executor does not go back to `block_on` for each of its wakes.
    pub(crate) fn run<F: Future<Output: 'static> + 'static>(work: F) -> F::Output {
        let executor = executor();
        smol::block_on(executor.run(executor.spawn(work)))
    }
}

impl Runtime for Smol {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        executor().spawn(task)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        Elapsed(smol::Timer::after(delay))
    }
}
