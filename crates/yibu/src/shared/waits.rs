//! Which thread sleeps until which other has ended its reservation: so that a circle is found before it closes.
//!
//! Every thread of a circle sleeps here, and the last of them to come sees all the others. What is written down is true while it
//! stands: a writer that ends its reservation strikes out those who waited for it, under the monitor's lock, and they look again. So a circle is found if and only if
//! there is one.
#![forbid(unsafe_code)]

// The standard library's, also under loom: a leaf that is never held across another lock, and so adds no interleaving.
use std::sync::{Mutex, PoisonError};

use crate::sync_shim::ThreadId;

static WAITS: Mutex<Vec<Waits>> = Mutex::new(Vec::new());

/// One thread's wait.
pub(super) struct Waits {
    sleeper: ThreadId,
    writer: ThreadId,
    monitor: usize,
}

impl Waits {
    /// Writes down that `sleeper` is about to wait for `writer`, which has reserved the monitor, or says `false` if that would never end. Called under the monitor's lock.
    pub(super) fn wait(sleeper: ThreadId, writer: ThreadId, monitor: usize) -> bool {
        let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        waits.retain(|wait| wait.sleeper != sleeper);
        let mut last = writer;
        while let Some(next) = waits.iter().find(|wait| wait.sleeper == last) {
            last = next.writer;
            if last == sleeper {
                return false;
            }
        }
        waits.push(Waits {
            sleeper,
            writer,
            monitor,
        });
        true
    }

    /// Strikes out who waits for that monitor: its reservation has ended. Called under the monitor's lock.
    pub(super) fn end(monitor: usize) {
        let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        waits.retain(|wait| wait.monitor != monitor);
    }
}
