//! flume; the task is on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::{TASK, run, run_task};
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("flume", |orders| match orders.variant() {
        TASK => run_task(orders, flume::bounded),
        _ => run(orders, flume::bounded, flume::unbounded),
    })
    .on_uring();
