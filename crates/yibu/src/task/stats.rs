//! What the tasks of a loop are doing.
#![forbid(unsafe_code)]

use std::panic::Location;

use super::header::Header;
use crate::rt;

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// It waits for its turn.
    Ready,
    /// It is being polled.
    Running,
    /// It waits for somebody to wake it.
    Waiting,
}

/// One task that is not finished, as [`stats`] found it.
#[derive(Clone, Copy, Debug)]
pub struct TaskStats {
    /// The type of its future, which names the function or the block that was spawned.
    pub type_name: &'static str,
    /// Where it was spawned.
    pub location: &'static Location<'static>,
    /// What it was doing.
    pub state: TaskState,
}

impl TaskStats {
    pub(super) fn of(header: &Header) -> Self {
        TaskStats {
            type_name: header.type_name(),
            location: header.location,
            state: header.state.now(),
        }
    }
}

/// The unfinished tasks of this thread's loop, the caller's among them, in no particular order.
///
/// It looks at every one: for finding out why a program hangs, not for every request.
///
/// # Panics
/// Outside an event loop.
///
/// ```
/// # fn main() { yibu::run(async {
/// use yibu::task::TaskState;
/// let waits = yibu::spawn(std::future::pending::<()>());
/// yibu::yield_now().await;
/// let stats = yibu::task::stats();
/// let waiting = stats.iter().find(|task| task.state == TaskState::Waiting).unwrap();
/// assert!(waiting.type_name.contains("Pending"));
/// # drop(waits);
/// # }) }
/// ```
#[track_caller]
pub fn stats() -> Vec<TaskStats> {
    rt::with("yibu::task::stats", |context| context.tasks.stats())
}
