//! What a thread was doing when it was looked at.
#![forbid(unsafe_code)]

use std::fmt;

/// What a thread was doing when it was looked at. [The module](crate::thread) draws the states.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum State {
    /// On a CPU.
    Running,
    /// It could run, and waits for a CPU.
    Ready,
    /// Running or ready: the kernel did not tell which.
    Runnable,
    /// It waits for something.
    Blocked(Blocked),
    /// Stopped by a signal or a debugger.
    Stopped,
    /// It has ended, and is not cleared away yet.
    Dead,
}

impl State {
    /// Whether it runs or could.
    pub fn is_runnable(&self) -> bool {
        matches!(self, State::Running | State::Ready | State::Runnable)
    }

    /// Whether it waits for something.
    pub fn is_blocked(&self) -> bool {
        matches!(self, State::Blocked(_))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Running => f.pad("running"),
            State::Ready => f.pad("ready"),
            State::Runnable => f.pad("runnable"),
            State::Blocked(on) => on.fmt(f),
            State::Stopped => f.pad("stopped"),
            State::Dead => f.pad("dead"),
        }
    }
}

/// What a blocked thread waits for, as far as the kernel tells: it tells the owner of the process, and whoever may trace it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Blocked {
    /// The system call that it is in, such as `read` or `futex`; `syscall 451` for one that has no name here. `futex` is what locks and parked threads wait by.
    pub call: Option<String>,
    /// What the call waits on, where that is a descriptor: a path, or `pipe:[1234]`, `socket:[1234]`.
    pub on: Option<String>,
    /// The kernel's function in which it sleeps (`wchan`), such as `anon_pipe_read`.
    pub place: Option<String>,
    /// Whether no signal ends the wait (the kernel's `D`): mostly a disk's, and counted as load.
    pub is_uninterruptible: bool,
}

/// `blocked: read of pipe:[1234]`.
impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("blocked")?;
        match (&self.call, &self.on, &self.place) {
            (Some(call), Some(on), _) => write!(f, ": {call} of {on}"),
            (Some(call), None, _) => write!(f, ": {call}"),
            (None, _, Some(place)) => write!(f, ": {place}"),
            (None, _, None) => Ok(()),
        }
    }
}
