//! monoio, where the task sleeps for a millisecond, the shortest that its timers know, instead of yielding.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use std::time::Duration;

pub(crate) const CONTESTANT: Contestant = Contestant::server("monoio", |listener, variant| {
    super::monoio::run(
        || monoio::time::sleep(Duration::from_millis(1)),
        listener,
        variant,
    )
});
