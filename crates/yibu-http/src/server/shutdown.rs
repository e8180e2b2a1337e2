//! The word that ends servers, from any thread.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use slab::Slab;

/// Ends every [`Server`](crate::Server) that was given a clone of it, on whichever loop or thread it runs.
///
/// Such a server stops accepting, closes its idle connections, finishes the requests in flight, and cuts off those that
/// are not finished within [`Limits::shutdown`](crate::Limits::shutdown). Then its `serve` returns.
///
/// ```
/// use yibu_http::Shutdown;
///
/// let shutdown = Shutdown::new();
/// let elsewhere = shutdown.clone();
/// std::thread::spawn(move || elsewhere.start()).join().unwrap();
/// assert!(shutdown.is_started());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    started: AtomicBool,
    /// One place per server that waits.
    waiting: Mutex<Slab<Option<Waker>>>,
}

impl Shutdown {
    /// A shutdown that has not started.
    pub fn new() -> Self {
        Shutdown::default()
    }

    /// Starts it. A second start changes nothing.
    pub fn start(&self) {
        self.inner.started.store(true, Ordering::SeqCst);
        let wakers: Vec<Waker> = self
            .inner
            .lock()
            .iter_mut()
            .filter_map(|(_, waker)| waker.take())
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether it was started.
    pub fn is_started(&self) -> bool {
        self.inner.started.load(Ordering::SeqCst)
    }

    pub(super) fn watch(&self) -> Watch {
        Watch {
            key: self.inner.lock().insert(None),
            shutdown: self.clone(),
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Slab<Option<Waker>>> {
        // Nothing that runs under the lock leaves the table half changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server's place among those that wait for a shutdown.
pub(super) struct Watch {
    shutdown: Shutdown,
    key: usize,
}

impl Watch {
    /// Ready once the shutdown was started.
    pub(super) fn poll_started(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.shutdown.is_started() {
            return Poll::Ready(());
        }
        let mut waiting = self.shutdown.inner.lock();
        let place = &mut waiting[self.key];
        let is_known = place
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()));
        let old = if is_known {
            None
        } else {
            place.replace(cx.waker().clone())
        };
        drop(waiting);
        drop(old); // perhaps foreign code: not under the lock
        // Whoever starts it stores the flag first and then looks for wakers, under the lock: seen here or woken there.
        if self.shutdown.is_started() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let waker = self.shutdown.inner.lock().remove(self.key);
        drop(waker); // perhaps foreign code: not under the lock
    }
}
