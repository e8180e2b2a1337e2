//! The parkers of all threads, by the kernel's number of the thread: for whoever lists threads and wants to tell how much of their time they spun.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::park::Parker;

static PARKERS: Mutex<BTreeMap<u32, Weak<Parker>>> = Mutex::new(BTreeMap::new());

fn lock() -> MutexGuard<'static, BTreeMap<u32, Weak<Parker>>> {
    PARKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The kernel's number of this thread, where it is known.
#[cfg(target_os = "linux")]
pub(crate) fn kernel_id() -> Option<u32> {
    u32::try_from(rustix::thread::gettid().as_raw_nonzero().get()).ok()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn kernel_id() -> Option<u32> {
    None
}

/// Enters this thread's parker; dropping what it returns, on the same thread, takes it out again.
pub(super) fn enter(parker: &Arc<Parker>) -> Entry {
    let id = kernel_id();
    if let Some(id) = id {
        lock().insert(id, Arc::downgrade(parker));
    }
    Entry(id)
}

pub(super) struct Entry(Option<u32>);

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            lock().remove(&id);
        }
    }
}

/// How long a thread of this process spun in this library, by the kernel's number of it. Nothing for one that never waited here.
pub(crate) fn spun(id: u32) -> Duration {
    let parker = lock().get(&id).and_then(Weak::upgrade);
    parker.map_or(Duration::ZERO, |parker| parker.spun())
}
