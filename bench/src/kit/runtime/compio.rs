//! compio on its ring. It has no `yield_now`: the one of futures-lite, a future that wakes itself.
#![forbid(unsafe_code)]

use super::{Joined, Runtime};
use std::future::Future;
use std::time::Duration;

pub(crate) struct Compio;

impl Compio {
    /// In a task: the waker of its `block_on` is for other threads and enters the kernel.
    pub(crate) fn run<F: Future<Output: 'static> + 'static>(work: F) -> F::Output {
        let runtime = compio::runtime::Runtime::new().expect("a ring");
        runtime.block_on(async {
            let task = compio::runtime::spawn(work).await;
            task.expect("it ran to its end")
        })
    }
}

impl Runtime for Compio {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        Joined(compio::runtime::spawn(task))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        futures_lite::future::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        compio::time::sleep(delay)
    }
}
