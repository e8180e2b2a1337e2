//! What a thread is called, and which one this is.
#![forbid(unsafe_code)]

use std::cell::OnceCell;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};

use crate::rt::kernel_id;
use crate::rt::park::{self, Parker};
use crate::sync_shim::{Mutex, MutexGuard};

/// Names one thread, for ever: an id is never used again within a process. (A [kernel id](Thread::kernel_id) is.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(NonZeroU64);

impl ThreadId {
    fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        ThreadId(NonZeroU64::new(id).expect("2^64 threads were started"))
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who a thread is: its name, its numbers, whether it is a daemon. A handle that is cloned at will and keeps nothing alive.
///
/// [`current`] gives that of this thread, [`JoinHandle::thread`](super::JoinHandle::thread) that of another.
#[derive(Clone)]
pub struct Thread(Arc<Inner>);

struct Inner {
    id: ThreadId,
    name: String,
    kind: Kind,
    /// Known once it runs.
    kernel_id: OnceLock<Option<u32>>,
    kill: Mutex<KillSlot>,
}

/// Who started a thread, and whether the program's end waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    NonDaemon,
    Daemon,
    /// The main thread, or one that something else started.
    Foreign,
}

/// Where a kill meets a thread that has not begun.
#[derive(Default)]
struct KillSlot {
    #[cfg(panic = "unwind")]
    killed: bool,
    parker: Option<Arc<Parker>>,
}

impl Thread {
    /// A thread that is about to be started.
    pub(super) fn new(name: Option<String>, kind: Kind) -> Self {
        let id = ThreadId::fresh();
        Thread(Arc::new(Inner {
            id,
            name: name.unwrap_or_else(|| format!("thread-{id}")),
            kind,
            kernel_id: OnceLock::new(),
            kill: Mutex::new(KillSlot::default()),
        }))
    }

    /// Its number in this process, never used again.
    pub fn id(&self) -> ThreadId {
        self.0.id
    }

    /// The name that it was given, or `thread-` and its id. Of a thread that this library did not start, what the standard library knows.
    ///
    /// The kernel keeps no more than its first 15 bytes.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the program's end does not wait for it: it was started as a daemon, or by one. False for threads that this library did not start.
    pub fn is_daemon(&self) -> bool {
        self.0.kind == Kind::Daemon
    }

    /// The kernel's number of it, by which `/proc`, `top -H` and `perf` name it (Python's `native_id`). `None` until it runs, and on systems other than
    /// Linux. The kernel uses it again when the thread is gone.
    pub fn kernel_id(&self) -> Option<u32> {
        *self.0.kernel_id.get()?
    }

    fn kill_slot(&self) -> MutexGuard<'_, KillSlot> {
        self.0.kill.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes this the current thread's, which begins.
    pub(super) fn enter(&self) {
        let _ = self.0.kernel_id.set(kernel_id());
        CURRENT.with(|current| {
            let entered = current.set(self.clone());
            assert!(entered.is_ok(), "a thread begins once");
        });
        self.begin_kills();
    }

    /// From here on a kill reaches this thread; one that came before does now.
    pub(super) fn begin_kills(&self) {
        let parker = park::current();
        let mut slot = self.kill_slot();
        #[cfg(panic = "unwind")]
        if slot.killed {
            parker.kill();
        }
        slot.parker = Some(parker);
    }

    /// The work is done: there is nothing left to kill.
    pub(super) fn end_kills(&self) {
        if let Some(parker) = self.kill_slot().parker.take() {
            parker.end();
        }
    }

    #[cfg(panic = "unwind")]
    pub(super) fn kill(&self) {
        let mut slot = self.kill_slot();
        slot.killed = true;
        if let Some(parker) = &slot.parker {
            parker.kill();
        }
    }
}

impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Thread {}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.0.id.0)
            .field("name", &self.0.name)
            .field("is_daemon", &self.is_daemon())
            .field("kernel_id", &self.kernel_id())
            .finish()
    }
}

thread_local! {
    static CURRENT: OnceCell<Thread> = const { OnceCell::new() };
}

/// This thread: its name, its numbers. It may be any thread, also one that this library did not start.
///
/// ```
/// let thread = yibu::thread::Builder::new().name("worker").spawn(|| yibu::thread::current())?;
/// let (told, own) = (thread.thread().clone(), thread.join().unwrap());
/// assert_eq!((own.name(), &own), ("worker", &told));
/// assert_ne!(own, yibu::thread::current());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn current() -> Thread {
    let own = CURRENT.try_with(|current| current.get_or_init(foreign).clone());
    // The thread's locals are being destroyed.
    own.unwrap_or_else(|_| foreign())
}

fn foreign() -> Thread {
    let name = std::thread::current().name().map(str::to_owned);
    let thread = Thread::new(name, Kind::Foreign);
    let _ = thread.0.kernel_id.set(kernel_id());
    thread
}
