//! glommio's executor on the thread that it is made on, without spinning before it sleeps, which is its default.
//!
//! Its `yield_now` lets the next task of the same queue run. It recommends `yield_if_needed`, which usually does not yield.
#![forbid(unsafe_code)]

use super::{Elapsed, Runtime};
use glommio::{LocalExecutorBuilder, Placement};
use std::future::Future;
use std::time::Duration;

pub(crate) struct Glommio;

impl Glommio {
    pub(crate) fn run<F: Future<Output: 'static> + 'static>(work: F) -> F::Output {
        let executor = LocalExecutorBuilder::new(Placement::Unbound).make();
        executor
            .expect("its rings")
            .run(async { glommio::spawn_local(work).await })
    }
}

impl Runtime for Glommio {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        glommio::spawn_local(task)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        // What `executor().yield_now()` is, without the async function around it.
        futures_lite::future::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        Elapsed(glommio::timer::Timer::new(delay))
    }
}
