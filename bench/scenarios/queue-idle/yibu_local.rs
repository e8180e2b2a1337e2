//! yibu's queue for one loop, without atomics.
#![forbid(unsafe_code)]

use super::scenario::run_task;
use crate::contestant::Contestant;
use crate::kit::queue::yibu::ends;
use yibu::queue::local::Queue;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| {
    run_task(orders, |capacity| ends(Queue::fifo(capacity)))
})
.on_uring();
