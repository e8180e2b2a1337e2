//! Generators written by hand: state machines with a state for the start and one for every yield.
#![forbid(unsafe_code)]

/// Yields numbers when it is resumed.
pub(crate) trait Machine {
    fn resume(&mut self) -> Option<u64>;
}

/// Yields the numbers below `count`.
pub(crate) enum Counter {
    Start { first: u64, count: u64 },
    Resumed { next: u64, count: u64 },
    Finished,
}

impl Counter {
    pub(crate) fn new(count: u64) -> Self {
        Self::Start { first: 0, count }
    }

    /// Yields the numbers from this one on.
    pub(crate) fn from(first: u64) -> Self {
        let count = u64::MAX;
        Self::Start { first, count }
    }
}

impl Machine for Counter {
    #[inline(always)]
    fn resume(&mut self) -> Option<u64> {
        let (next, count) = match *self {
            Self::Start { first, count } => (first, count),
            Self::Resumed { next, count } => (next, count),
            Self::Finished => return None,
        };
        if next == count {
            *self = Self::Finished;
            return None;
        }
        *self = Self::Resumed {
            next: next + 1,
            count,
        };
        Some(next)
    }
}

/// Yields what another yields.
pub(crate) struct Outer<M> {
    inner: M,
    state: State,
}

enum State {
    Start,
    Resumed,
    Finished,
}

impl<M> Outer<M> {
    pub(crate) fn new(inner: M) -> Self {
        let state = State::Start;
        Self { inner, state }
    }
}

impl<M: Machine> Machine for Outer<M> {
    #[inline(always)]
    fn resume(&mut self) -> Option<u64> {
        match self.state {
            State::Start => self.state = State::Resumed,
            State::Resumed => (),
            State::Finished => return None,
        }
        let yielded = self.inner.resume();
        if yielded.is_none() {
            self.state = State::Finished;
        }
        yielded
    }
}

impl Machine for Box<dyn Machine> {
    #[inline(always)]
    fn resume(&mut self) -> Option<u64> {
        (**self).resume()
    }
}
