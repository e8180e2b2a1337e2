//! Why a join failed, and what becomes of a panic that nobody joins.
#![forbid(unsafe_code)]

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{Location, resume_unwind};
use std::sync::{Mutex, PoisonError, RwLock};

use super::current::Thread;
use crate::rt::{Payload, hush, message};

/// Why a join has no value to give.
///
/// [`JoinHandle::join`](super::JoinHandle::join) and its siblings give it.
pub enum JoinError {
    /// The thread panicked.
    Panicked(ThreadPanic),
    /// The thread that joins was killed and is unwinding: in its destructors nothing waits. The joined thread runs on.
    Killed,
}

impl JoinError {
    /// Whether the joined thread panicked.
    pub fn is_panicked(&self) -> bool {
        matches!(self, JoinError::Panicked(_))
    }

    /// Whether the joining thread was killed.
    pub fn is_killed(&self) -> bool {
        matches!(self, JoinError::Killed)
    }

    /// The panic's message, where it is a string, as it nearly always is.
    pub fn message(&self) -> Option<&str> {
        match self {
            JoinError::Panicked(panic) => panic.message(),
            JoinError::Killed => None,
        }
    }

    /// Goes on with the thread's panic in the caller.
    ///
    /// # Panics
    /// Always: with the thread's payload, or with a message of its own if there is none.
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self {
            JoinError::Panicked(panic) => panic.resume_unwind(),
            JoinError::Killed => panic!("{}", JoinError::Killed),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(panic) => f.debug_tuple("Panicked").field(panic).finish(),
            JoinError::Killed => f.write_str("Killed"),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(panic) => panic.fmt(f),
            JoinError::Killed => {
                f.write_str("the joining thread was killed, and does not wait any more")
            }
        }
    }
}

impl Error for JoinError {}

/// A panic that ended a thread: what it said, which thread, and where that was started.
///
/// A [`JoinError`] holds it, and the function that [`set_panic_hook`] set gets it where nobody joins.
pub struct ThreadPanic(Box<Details>);

struct Details {
    message: Option<Box<str>>,
    /// In a mutex only so that the error is `Sync`, as error types of the ecosystem must be.
    payload: Mutex<Payload>,
    thread: Thread,
    location: &'static Location<'static>,
}

impl ThreadPanic {
    pub(super) fn new(
        payload: Payload,
        thread: Thread,
        location: &'static Location<'static>,
    ) -> Self {
        ThreadPanic(Box::new(Details {
            message: message(&payload),
            payload: Mutex::new(payload),
            thread,
            location,
        }))
    }

    /// The panic's message, where it is a string, as it nearly always is.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The thread that panicked.
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// Where the thread was started.
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
    /// Always, with the thread's payload. The panic hook is not run again.
    pub fn resume_unwind(self) -> ! {
        resume_unwind(self.into_payload())
    }
}

impl fmt::Debug for ThreadPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPanic")
            .field("message", &self.message())
            .field("thread", &self.0.thread.name())
            .field("location", &format_args!("{}", self.0.location))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ThreadPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self
            .message()
            .unwrap_or("(the panic's payload is not a string)");
        write!(
            f,
            "thread {} started at {} panicked: {message}",
            self.0.thread.name(),
            self.0.location
        )
    }
}

impl Error for ThreadPanic {}

static HOOK: RwLock<fn(&ThreadPanic)> = RwLock::new(print);

/// Sets what is called, once, for each panicked thread that nobody joined, in place of a line on standard error.
///
/// It is called on the thread that ends, if its handle is gone by then or it is a daemon, and else where the unjoined handle is dropped. The
/// whole process has one such function; tasks have [one of their own](crate::task::set_panic_hook). (The ordinary panic hook has run by then, as for any panic.)
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use yibu::thread;
///
/// static LOST: AtomicU32 = AtomicU32::new(0);
/// thread::set_panic_hook(|panic| {
///     assert_eq!(panic.message(), Some("nobody hears this"));
///     LOST.fetch_add(1, Ordering::Relaxed);
/// });
/// let handle = thread::spawn(|| panic!("nobody hears this"));
/// while !handle.is_finished() {
///     std::thread::yield_now();
/// }
/// drop(handle);
/// assert_eq!(LOST.load(Ordering::Relaxed), 1);
/// ```
pub fn set_panic_hook(hook: fn(&ThreadPanic)) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = hook;
}

fn print(panic: &ThreadPanic) {
    eprintln!("yibu: {panic} (nobody joined it)");
}

/// Hands a panic that nobody joined to the hook. The hook and the payload's destructor are user code: what they panic with is dropped.
pub(super) fn report(panic: ThreadPanic) {
    let hook = *HOOK.read().unwrap_or_else(PoisonError::into_inner);
    hush(|| hook(&panic));
    hush(|| drop(panic));
}
