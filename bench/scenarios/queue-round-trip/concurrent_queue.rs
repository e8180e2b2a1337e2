//! concurrent-queue, whose user has to wait as it can: it burns.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::queue::concurrent_queue::ends;
use concurrent_queue::ConcurrentQueue;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("concurrent-queue", |orders| {
    run(orders, |capacity| ends(ConcurrentQueue::bounded(capacity)))
});
