//! Why a join failed, and what becomes of a panic that nobody joins.
#![forbid(unsafe_code)]

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{Location, resume_unwind};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::rt::{Payload, hush, message};

/// Why a task has no output.
///
/// Awaiting a [`JoinHandle`](crate::JoinHandle) gives it.
pub enum JoinError {
    /// The task was aborted, or its loop ended before it did; its future was dropped.
    Cancelled,
    /// The task's future panicked, while it was polled or while it was dropped.
    Panicked(TaskPanic),
}

impl JoinError {
    /// Whether the task was aborted or outlived by its loop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, JoinError::Cancelled)
    }

    /// Whether the task panicked.
    pub fn is_panicked(&self) -> bool {
        matches!(self, JoinError::Panicked(_))
    }

    /// The panic's message, where it is a string, as it nearly always is.
    pub fn message(&self) -> Option<&str> {
        match self {
            JoinError::Cancelled => None,
            JoinError::Panicked(panic) => panic.message(),
        }
    }

    /// Goes on with the task's panic in the caller.
    ///
    /// # Panics
    /// Always: with the task's payload, or with a message of its own if the task was cancelled.
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self {
            JoinError::Cancelled => panic!("the task was cancelled"),
            JoinError::Panicked(panic) => panic.resume_unwind(),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Cancelled => f.write_str("Cancelled"),
            JoinError::Panicked(panic) => f.debug_tuple("Panicked").field(panic).finish(),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Cancelled => f.write_str("the task was cancelled"),
            JoinError::Panicked(panic) => panic.fmt(f),
        }
    }
}

impl Error for JoinError {}

/// A panic that ended a task: what it said, which task, and where that was spawned.
pub struct TaskPanic(Box<Details>);

struct Details {
    message: Option<Box<str>>,
    /// In a mutex only so that the error is `Sync`, as error types of the ecosystem must be.
    payload: Mutex<Payload>,
    task: &'static str,
    location: &'static Location<'static>,
}

impl TaskPanic {
    pub(super) fn new(
        payload: Payload,
        task: &'static str,
        location: &'static Location<'static>,
    ) -> Self {
        TaskPanic(Box::new(Details {
            message: message(&payload),
            payload: Mutex::new(payload),
            task,
            location,
        }))
    }

    /// The panic's message, where it is a string.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The type of the task's future, which names the function or the block that was spawned.
    pub fn task(&self) -> &'static str {
        self.0.task
    }

    /// Where the task was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// What was panicked with.
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.0
            .payload
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with the panic in the caller.
    ///
    /// # Panics
    /// Always, with the task's payload. The panic hook is not run again.
    pub fn resume_unwind(self) -> ! {
        resume_unwind(self.into_payload())
    }
}

impl fmt::Debug for TaskPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskPanic")
            .field("message", &self.message())
            .field("task", &self.0.task)
            .field("location", &format_args!("{}", self.0.location))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TaskPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self
            .message()
            .unwrap_or("(the panic's payload is not a string)");
        write!(
            f,
            "task {} spawned at {} panicked: {message}",
            self.0.task, self.0.location
        )
    }
}

static HOOK: RwLock<fn(&TaskPanic)> = RwLock::new(print);

/// Sets what is called, once, for each panicked task that nobody joined, in place of a line on standard error.
///
/// It is called on the loop's thread, when the task ends or when its unjoined handle is dropped. The whole process
/// has one such function. (The ordinary panic hook has run by then, as for any panic.)
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// static LOST: AtomicU32 = AtomicU32::new(0);
/// yibu::task::set_panic_hook(|panic| {
///     assert!(panic.location().file().ends_with(".rs"));
///     LOST.fetch_add(1, Ordering::Relaxed);
/// });
/// ```
pub fn set_panic_hook(hook: fn(&TaskPanic)) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = hook;
}

fn print(panic: &TaskPanic) {
    eprintln!("yibu: {panic} (nobody joined it)");
}

/// Hands a panic that nobody joined to the hook. The hook and the payload's destructor are user code: what they panic with is dropped.
pub(super) fn report(panic: TaskPanic) {
    let hook = *HOOK.read().unwrap_or_else(PoisonError::into_inner);
    hush(|| hook(&panic));
    hush(|| drop(panic));
}
