//! kanal's asynchronous channel, on yibu's loop.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("kanal", |orders| {
    run(orders, kanal::bounded_async, kanal::unbounded_async)
})
.on_uring();
