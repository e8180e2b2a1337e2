//! yibu, with the driver that `YIBU_DRIVER` names.
#![forbid(unsafe_code)]

use super::{Joined, Runtime};
use std::future::Future;
use std::time::Duration;

pub(crate) struct Yibu;

impl Yibu {
    pub(crate) fn run<F: Future>(work: F) -> F::Output {
        yibu::run(work)
    }
}

impl Runtime for Yibu {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        Joined(yibu::spawn(task))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        yibu::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        yibu::time::sleep(delay)
    }
}
