//! yibu, with the driver that `YIBU_DRIVER` names.

#![forbid(unsafe_code)]

use super::runtime::Runtime;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

pub(super) struct Yibu;

impl Runtime for Yibu {
    fn run<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
        yibu::run(future)
    }

    fn spawn<F: Future<Output = usize> + 'static>(
        future: F,
    ) -> impl Future<Output = Result<usize, impl Debug>> {
        yibu::spawn(future)
    }

    fn yield_now() -> impl Future<Output = ()> {
        yibu::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        yibu::time::sleep(delay)
    }
}
