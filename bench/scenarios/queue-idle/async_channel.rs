//! async-channel; the task is on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::{TASK, run, run_task};
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("async-channel", |orders| match orders.variant() {
        TASK => run_task(orders, async_channel::bounded),
        _ => run(orders, async_channel::bounded, async_channel::unbounded),
    })
    .on_uring();
