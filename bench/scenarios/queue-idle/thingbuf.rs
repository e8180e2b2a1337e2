//! thingbuf's channels; the task is on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::{FIFO, TASK, run_task, run_thread};
use crate::contestant::Contestant;
use crate::kit::queue::ROOM;
use thingbuf::mpsc::{self, blocking};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("thingbuf", |orders| match orders.variant() {
        TASK => run_task(orders, mpsc::channel),
        FIFO => run_thread(orders, || blocking::channel(ROOM)),
        other => Err(format!("it has no {other}").into()),
    })
    .on_uring();
