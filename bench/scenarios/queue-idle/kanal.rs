//! kanal; the task is on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::{TASK, run, run_task};
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("kanal", |orders| match orders.variant() {
        TASK => run_task(orders, kanal::bounded_async),
        _ => run(orders, kanal::bounded, kanal::unbounded),
    })
    .on_uring();
