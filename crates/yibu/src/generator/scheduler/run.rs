//! Who runs, who waits, and for what.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::rc::Rc;

use slab::Slab;

use super::wait::{AnyFuture, Ending, Kind, Sent, Wait};
use super::waiting::Waiting;
use crate::generator::{Co, GeneratorState, LocalBoxGenerator, generator};

/// Runs coroutines in turn on one thread: generators that yield what they wait for, and are sent what came of it.
///
/// It is the loop that Python had before `async`, and what an event loop and `async`/`await` are made of: a list of those who can go on, and for each thing that one can wait for, who
/// waits for it. A coroutine runs until it yields, so between two yields nobody else does, and there are no locks. Nothing runs before [`run`](Self::run).
///
/// ```
/// use std::time::Duration;
/// use yibu::generator::Scheduler;
///
/// let scheduler = Scheduler::new();
/// let slow = scheduler.spawn(async |mut co| {
///     co.sleep(Duration::from_millis(2)).await;
///     "slow"
/// });
/// let both = scheduler.spawn(async move |mut co| {
///     co.turn().await;
///     format!("waited for {}", co.join(slow).await)
/// });
/// scheduler.run().unwrap();
/// assert_eq!(both.take().unwrap(), "waited for slow");
/// ```
///
/// For programs there are [`yibu::run`](crate::run) and [`spawn`](crate::spawn), whose waits cost neither a system call nor an allocation each. This watches descriptors with `poll`, which
/// looks at all of them each time; it needs no event loop, and runs on any thread.
///
/// It is a handle, and a clone runs the same coroutines. A coroutine spawns others by [`co.spawn`](Co::spawn); one that kept a handle would keep the scheduler, and so itself.
#[derive(Clone, Default)]
pub struct Scheduler(Rc<Inner>);

#[derive(Default)]
struct Inner {
    coroutines: RefCell<Slab<Coroutine>>,
    /// Who can go on, and what it is sent: nothing if it has not begun.
    ready: RefCell<VecDeque<(usize, Option<Sent>)>>,
    waiting: RefCell<Waiting>,
    is_running: Cell<bool>,
}

pub(super) type Body = LocalBoxGenerator<'static, Wait, Sent>;

pub(super) struct Coroutine {
    /// Not there while it runs.
    pub(super) body: Option<Body>,
    pub(super) ending: Rc<Ending>,
}

impl Coroutine {
    /// A coroutine, and what it will have returned.
    pub(super) fn new<T, F>(body: F) -> (Self, Ended<T>)
    where
        T: 'static,
        F: for<'a> AsyncFnOnce(Co<'a, Wait, Sent>) -> T + 'static,
    {
        let value = Rc::new(Cell::new(None));
        let place = Rc::clone(&value);
        let body = generator(async move |co: Co<'_, Wait, Sent>| place.set(Some(body(co).await)));
        let ending = Rc::<Ending>::default();
        let coroutine = Self {
            body: Some(body.boxed_local()),
            ending: Rc::clone(&ending),
        };
        (coroutine, Ended { value, ending })
    }
}

impl Scheduler {
    /// A scheduler without coroutines.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a coroutine, which begins when it is its turn.
    pub fn spawn<T, F>(&self, body: F) -> Ended<T>
    where
        T: 'static,
        F: for<'a> AsyncFnOnce(Co<'a, Wait, Sent>) -> T + 'static,
    {
        let (coroutine, ended) = Coroutine::new(body);
        self.0.add(coroutine);
        ended
    }

    /// Runs all coroutines, and those that they spawn, until they have ended.
    ///
    /// # Errors
    ///
    /// `Deadlock`, if all that are left wait for one another's ends; else what the system says of waiting. What is left can be run on.
    ///
    /// # Panics
    ///
    /// With a coroutine's panic; the others can be run on. If one of them calls it.
    pub fn run(&self) -> io::Result<()> {
        assert!(
            !self.0.is_running.replace(true),
            "Scheduler::run was called by one of its coroutines: wait for what it spawned with join"
        );
        let _running = Running(&self.0.is_running);
        loop {
            // A round: who comes to be ready in it has a turn in the next, behind those whose time has come meanwhile.
            let round = self.0.ready.borrow().len();
            for _ in 0..round {
                let next = self.0.ready.borrow_mut().pop_front();
                let (id, sent) = next.expect("it was counted");
                self.0.go_on(id, sent);
            }
            if self.0.coroutines.borrow().is_empty() {
                return Ok(());
            }
            self.0.wait()?;
        }
    }
}

/// Whoever drops a coroutine ends it: when it has returned or panicked, or with its scheduler or loop.
impl Drop for Coroutine {
    fn drop(&mut self) {
        self.ending.end();
    }
}

impl Inner {
    /// Differs between schedulers that live.
    fn name(&self) -> *const () {
        std::ptr::from_ref(self).cast()
    }

    fn add(&self, coroutine: Coroutine) {
        coroutine.ending.set_home(self.name());
        let id = self.coroutines.borrow_mut().insert(coroutine);
        self.ready.borrow_mut().push_back((id, None));
    }

    fn make_ready(&self, id: usize, sent: Sent) {
        self.ready.borrow_mut().push_back((id, Some(sent)));
    }

    /// Sends a coroutine what it waited for, and takes what it waits for next.
    fn go_on(&self, id: usize, sent: Option<Sent>) {
        let body = self.coroutines.borrow_mut()[id].body.take();
        let mut body = body.expect("who is ready is there");
        let leaves = Leaves(self, id);
        let state = match sent {
            None => body.start(),
            Some(sent) => body.resume(sent),
        };
        if let GeneratorState::Yielded(wait) = state {
            std::mem::forget(leaves);
            self.coroutines.borrow_mut()[id].body = Some(body);
            self.register(id, wait);
        }
    }

    fn register(&self, id: usize, wait: Wait) {
        let mut waiting = self.waiting.borrow_mut();
        match wait.0 {
            Kind::Turn => self.make_ready(id, Sent::nothing()),
            Kind::Spawn(coroutine) => {
                self.add(coroutine);
                self.make_ready(id, Sent::nothing());
            }
            Kind::Until(moment) => waiting.add_sleeper(id, moment),
            Kind::Ready(Ok(fd), interest) => waiting.add_descriptor(id, fd, interest),
            Kind::Ready(Err(error), _) => self.make_ready(id, Sent(Err(error))),
            Kind::End(ending) if ending.has_ended() => self.make_ready(id, Sent::nothing()),
            Kind::End(ending) if ending.is_home(self.name()) => ending.add(id),
            Kind::End(ending) => self.await_future(&mut waiting, id, ending.wait_elsewhere()),
            Kind::Future(future) => self.await_future(&mut waiting, id, future),
        }
    }

    fn await_future(&self, waiting: &mut Waiting, id: usize, future: AnyFuture) {
        if let Err(error) = waiting.add_future(id, future) {
            self.make_ready(id, Sent(Err(error)));
        }
    }

    /// Takes what has come, and sleeps until then if nobody can go on.
    fn wait(&self) -> io::Result<()> {
        let is_ready = !self.ready.borrow().is_empty();
        if self.waiting.borrow().is_empty() {
            if is_ready {
                return Ok(());
            }
            let left = self.coroutines.borrow().len();
            let message = format!("{left} coroutines wait for one another's ends");
            return Err(io::Error::new(io::ErrorKind::Deadlock, message));
        }
        self.waiting
            .borrow_mut()
            .take(is_ready, |id, sent| self.make_ready(id, sent))?;
        loop {
            // Out of its place, since it may use the scheduler.
            let woken = self.waiting.borrow_mut().next_woken();
            let Some(mut woken) = woken else {
                return Ok(());
            };
            // Should it panic, its coroutine has ended.
            let leaves = Leaves(self, woken.id);
            let polled = woken.poll();
            std::mem::forget(leaves);
            match polled {
                Some(sent) => self.make_ready(woken.id, sent),
                None => self.waiting.borrow_mut().put_back(woken),
            }
        }
    }
}

/// Takes a coroutine that has ended out of the scheduler, and tells who waited for that; after a panic, too.
struct Leaves<'a>(&'a Inner, usize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let Self(inner, id) = *self;
        let ended = inner.coroutines.borrow_mut().remove(id);
        for waiter in ended.ending.end() {
            inner.make_ready(waiter, Sent::nothing());
        }
    }
}

/// While it lives, the scheduler runs.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// What a coroutine has returned, once it has ended.
pub struct Ended<T> {
    value: Rc<Cell<Option<T>>>,
    ending: Rc<Ending>,
}

impl<T> Ended<T> {
    /// What it returned.
    ///
    /// # Errors
    ///
    /// Itself, if the coroutine goes on; or if there is no value, since it panicked or its scheduler was dropped.
    pub fn take(self) -> Result<T, Self> {
        self.value.take().ok_or(self)
    }

    /// Whether it has returned, panicked, or was dropped with its scheduler.
    pub fn has_ended(&self) -> bool {
        self.ending.has_ended()
    }

    pub(super) fn ending(&self) -> Rc<Ending> {
        Rc::clone(&self.ending)
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("is_running", &self.0.is_running.get())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Ended<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ended")
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}
