//! tokio's current-thread runtime with a task that wakes itself and returns, as futures-lite's `yield_now` does, and not with tokio's own, which is
//! run again only after the driver has been asked: cheaper, but timers and sockets wait for it.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::Runtime;
use crate::kit::runtime::tokio_current::TokioCurrent;
use std::future::Future;
use std::time::Duration;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("tokio", |orders| {
    run(orders, |tasks, each| {
        TokioCurrent::run(work::<SelfWake>(tasks, each))
    })
});

struct SelfWake;

impl Runtime for SelfWake {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        TokioCurrent::spawn(task)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        futures_lite::future::yield_now()
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        TokioCurrent::sleep(delay)
    }
}
