//! yibu's queue, in all its flavours; the task is on its loop.
#![forbid(unsafe_code)]

use super::scenario::{FIFO, LIFO, PRIORITY, RENDEZVOUS, TASK, UNBOUNDED, run_task, run_thread};
use crate::contestant::Contestant;
use crate::kit::queue::ROOM;
use crate::kit::queue::yibu::{bounded, ends};
use yibu::queue::Queue;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("yibu", |orders| match orders.variant() {
        FIFO => run_thread(orders, || bounded(ROOM)),
        UNBOUNDED => run_thread(orders, || ends(Queue::unbounded())),
        LIFO => run_thread(orders, || ends(Queue::lifo(ROOM))),
        PRIORITY => run_thread(orders, || ends(Queue::priority(ROOM))),
        RENDEZVOUS => run_thread(orders, || ends(Queue::rendezvous())),
        TASK => run_task(orders, bounded),
        other => Err(format!("it has no {other}").into()),
    })
    .on_uring();
