//! The connections of one server: who they are, and until when each may wait.
//!
//! Time limits cost no timer per request. A connection that has to wait writes a deadline into its slot; a sweep that
//! comes round every [`SWEEP`] looks at all slots, marks those whose time is up and wakes their tasks. The same sweep
//! moves the coarse clock on and renews the `Date`.
#![forbid(unsafe_code)]

use std::cell::{Cell, Ref, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use slab::Slab;

use super::shared::Shared;
use crate::codec::encode::Date;
use crate::error::{Error, Kind};

/// How often the sweep comes round.
pub(super) const SWEEP: Duration = Duration::from_millis(200);

pub(super) struct Registry {
    slots: RefCell<Slab<Slot>>,
    start: Instant,
    /// Milliseconds from `start` to the last sweep.
    now: Cell<u64>,
    date: RefCell<Date>,
    draining: Cell<bool>,
    /// Woken when a connection ends.
    server: RefCell<Option<Waker>>,
}

#[derive(Default)]
struct Slot {
    /// By the coarse clock; [`NEVER`] while nothing is waited for.
    deadline: u64,
    waker: Option<Waker>,
    task: Option<yibu::JoinHandle<()>>,
    /// The deadline has passed, and no other wait has begun since.
    expired: bool,
    /// Between two requests: may be closed by a shutdown at once.
    idle: bool,
    /// A `100 Continue` is to be sent.
    wants_continue: bool,
}

const NEVER: u64 = 0;

impl Registry {
    pub(super) fn new() -> Self {
        Registry {
            slots: RefCell::default(),
            start: Instant::now(),
            now: Cell::new(1),
            date: RefCell::new(Date::at(SystemTime::now())),
            draining: Cell::new(false),
            server: RefCell::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.borrow().len()
    }

    /// Remembers the task of a connection, so that it can be aborted.
    pub(super) fn set_task(&self, key: u32, task: yibu::JoinHandle<()>) {
        // It may have finished already.
        if let Some(slot) = self.slots.borrow_mut().get_mut(key as usize) {
            slot.task = Some(task);
        }
    }

    pub(super) fn date(&self) -> Ref<'_, Date> {
        self.date.borrow()
    }

    /// The coarse clock, in milliseconds. It lags by up to [`SWEEP`].
    pub(super) fn now(&self) -> u64 {
        self.now.get()
    }

    /// A deadline that is never early.
    pub(super) fn after(&self, time: Duration) -> u64 {
        let millis = u64::try_from(time.saturating_add(SWEEP).as_millis()).unwrap_or(u64::MAX);
        self.now.get().saturating_add(millis)
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    /// Has every connection closed as soon as it has nothing in flight.
    pub(super) fn drain(&self) {
        self.draining.set(true);
        self.wake(|slot| slot.idle);
    }

    /// Moves the clock on, and wakes those whose time is up.
    pub(super) fn sweep(&self) {
        self.renew_clock();
        let now = self.now.get();
        self.wake(|slot| {
            let is_due = slot.deadline != NEVER && slot.deadline <= now;
            if is_due {
                slot.deadline = NEVER;
                slot.expired = true;
            }
            is_due
        });
    }

    /// Whether a connection wants a `100 Continue`, from now on not any more.
    pub(super) fn takes_continue(&self, key: u32) -> bool {
        let mut slots = self.slots.borrow_mut();
        slots
            .get_mut(key as usize)
            .is_some_and(|slot| std::mem::take(&mut slot.wants_continue))
    }

    /// Aborts every connection's task.
    pub(super) fn abort(&self) {
        let tasks: Vec<_> = self
            .slots
            .borrow_mut()
            .iter_mut()
            .filter_map(|(_, slot)| slot.task.take())
            .collect();
        tasks.iter().for_each(|task| task.abort());
    }

    /// Has the server's task woken when a connection ends.
    pub(super) fn watch(&self, cx: &Context<'_>) {
        let is_known = |waker: &Waker| waker.will_wake(cx.waker());
        if !self.server.borrow().as_ref().is_some_and(is_known) {
            let old = self.server.replace(Some(cx.waker().clone()));
            drop(old); // outside of the borrow: it may be foreign code
        }
    }

    /// Wakers may run foreign code: they are collected first and woken when nothing is borrowed.
    fn wake(&self, mut select: impl FnMut(&mut Slot) -> bool) {
        let mut slots = self.slots.borrow_mut();
        let selected = slots.iter_mut().filter_map(|(_, slot)| {
            if select(slot) {
                slot.waker.clone()
            } else {
                None
            }
        });
        let wakers: Vec<Waker> = selected.collect();
        drop(slots);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn renew_clock(&self) {
        let now = self.start.elapsed().as_millis();
        self.now.set(u64::try_from(now).unwrap_or(u64::MAX).max(1));
        self.date.replace(Date::at(SystemTime::now()));
    }
}

/// A connection's slot, and its way to everything that the connections of a server share. Dropping it gives the slot
/// back.
pub(super) struct Place {
    key: u32,
    shared: Rc<Shared>,
}

impl Place {
    /// A place for a connection that was just accepted.
    pub(super) fn new(shared: Rc<Shared>) -> Self {
        let registry = &shared.registry;
        if registry.slots.borrow().is_empty() {
            registry.renew_clock(); // no sweep has done so while there was nobody
        }
        let key = registry.slots.borrow_mut().insert(Slot::default());
        Place {
            key: key as u32,
            shared,
        }
    }

    pub(super) fn key(&self) -> u32 {
        self.key
    }

    pub(super) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    fn with<R>(&self, f: impl FnOnce(&mut Slot) -> R) -> R {
        f(&mut self.shared.registry.slots.borrow_mut()[self.key as usize])
    }

    pub(super) fn want_continue(&self) {
        self.with(|slot| slot.wants_continue = true);
    }

    /// Begins a wait that lasts until `deadline` at most.
    pub(super) fn arm(&self, deadline: u64, idle: bool) {
        self.with(|slot| (slot.deadline, slot.expired, slot.idle) = (deadline, false, idle));
    }

    /// Ends the wait.
    pub(super) fn disarm(&self) {
        self.with(|slot| (slot.deadline, slot.expired, slot.idle) = (NEVER, false, false));
    }

    /// Ready once the deadline has passed. The task is woken for that, and when an idle connection is to close.
    pub(super) fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        let old = self.with(|slot| {
            if slot.expired
                || slot
                    .waker
                    .as_ref()
                    .is_some_and(|waker| waker.will_wake(cx.waker()))
            {
                return None;
            }
            slot.waker.replace(cx.waker().clone())
        });
        drop(old); // outside of the borrow: it may be foreign code
        if self.with(|slot| slot.expired) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Waits for `wait`, but not beyond `deadline`. It touches the slot only if it has to wait at all.
    ///
    /// Dropping it leaves the slot armed, which wakes the task once for nothing; the next wait begins anew.
    pub(super) async fn within<T>(
        &self,
        deadline: u64,
        what: &'static str,
        wait: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Error> {
        let mut wait = pin!(wait);
        let mut is_armed = false;
        poll_fn(|cx| {
            if let Poll::Ready(result) = wait.as_mut().poll(cx) {
                if is_armed {
                    self.disarm();
                }
                return Poll::Ready(result.map_err(Error::from));
            }
            if !is_armed {
                self.arm(deadline, false);
                is_armed = true;
            }
            self.poll_expired(cx)
                .map(|()| Err(Kind::TimedOut(what).into()))
        })
        .await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let registry = &self.shared.registry;
        let slot = registry.slots.borrow_mut().remove(self.key as usize);
        let server = registry.server.borrow_mut().take();
        // Dropping and waking may run foreign code: nothing is borrowed any more.
        drop(slot);
        if let Some(server) = server {
            server.wake();
        }
    }
}
