//! Where a loop's time comes from.
#![forbid(unsafe_code)]

use std::time::Instant;

/// A source of time. The driver chooses it, and everything of its loop that asks for the time asks this: a simulation adds a kind
/// whose time only it moves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The system's monotonic clock.
    System,
}

impl Clock {
    /// This moment; 26 ns, so a turn asks once or twice, and what can be late by a turn asks
    /// [`Context::now`](super::Context::now).
    #[inline]
    pub(crate) fn now(self) -> Instant {
        match self {
            Self::System => Instant::now(),
        }
    }
}
