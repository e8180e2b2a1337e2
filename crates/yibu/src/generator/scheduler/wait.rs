//! What a coroutine yields: what it waits for. And what it is sent: what came of it.
#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::run::{Coroutine, Ended};
use crate::event_loop::{Interest, poll_fd};
use crate::generator::{Body, Co, Generator, GeneratorState, generator};
use crate::queue::{GetError, Queue};
use crate::task;
use crate::time;

/// What a coroutine waits for: it yields this, and is sent what came of it.
pub struct Wait(pub(super) Kind);

pub(super) enum Kind {
    Turn,
    Spawn(Coroutine),
    Until(Instant),
    Ready(io::Result<OwnedFd>, Interest),
    End(Rc<Ending>),
    Future(AnyFuture),
}

/// A future whose value is whatever the yield expects.
pub(super) type AnyFuture = Pin<Box<dyn Future<Output = Sent>>>;

impl Wait {
    /// For its next turn: everybody else goes on first.
    pub fn turn() -> Self {
        Self(Kind::Turn)
    }

    /// For a moment.
    pub fn until(moment: Instant) -> Self {
        Self(Kind::Until(moment))
    }

    /// Until a descriptor is ready. Made of a duplicate of it, so that it stays open; that there is none left is what the coroutine is sent.
    pub fn ready(fd: impl AsFd, interest: Interest) -> Self {
        Self(Kind::Ready(fd.as_fd().try_clone_to_owned(), interest))
    }

    /// For a future, which is the scheduler's from then on. What is sent is its value.
    pub fn future<T: 'static>(future: impl Future<Output = T> + 'static) -> Self {
        Self(Kind::Future(Box::pin(async {
            Sent(Ok(Some(Box::new(future.await))))
        })))
    }

    /// Waits for it as a task does, on whatever runs this future.
    async fn awaited(self) -> Sent {
        match self.0 {
            Kind::Turn => task::yield_now().await,
            Kind::Spawn(coroutine) => drop(crate::spawn(run(coroutine))),
            Kind::Until(moment) => time::sleep_until(moment).await,
            Kind::Ready(fd, interest) => {
                let ready = match &fd {
                    Ok(fd) => poll_fd(fd.as_fd(), interest).await.map(drop),
                    Err(error) => Err(error.kind().into()),
                };
                return Sent(ready.map(|()| None));
            }
            Kind::End(ending) => ending.wait().await,
            Kind::Future(future) => return future.await,
        }
        Sent::nothing()
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Turn => f.write_str("Turn"),
            Kind::Spawn(_) => f.write_str("Spawn"),
            Kind::Until(moment) => f.debug_tuple("Until").field(moment).finish(),
            Kind::Ready(fd, interest) => f.debug_tuple("Ready").field(fd).field(interest).finish(),
            Kind::End(_) => f.write_str("End"),
            Kind::Future(_) => f.write_str("Future"),
        }
    }
}

/// What came of what a coroutine waited for: nothing but that it has come, the value of a future, or an error of the system.
pub struct Sent(pub(super) io::Result<Option<Box<dyn Any>>>);

impl Sent {
    pub(super) fn nothing() -> Self {
        Self(Ok(None))
    }

    /// The value of the future that was waited for, if it is of this type.
    pub fn value<T: 'static>(self) -> Option<T> {
        self.0.ok()??.downcast().ok().map(|value| *value)
    }

    /// Whether a descriptor could be waited for.
    ///
    /// # Errors
    ///
    /// What the system says: it cannot be watched, or no descriptor is left.
    pub fn ready(self) -> io::Result<()> {
        self.0.map(drop)
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sent").field(&self.0.is_ok()).finish()
    }
}

/// That a coroutine has ended, and who waits for it.
#[derive(Default)]
pub(super) struct Ending {
    has_ended: Cell<bool>,
    /// Which scheduler runs it, if one does.
    home: Cell<Option<*const ()>>,
    /// Coroutines of the same scheduler.
    coroutines: RefCell<Vec<usize>>,
    /// Of others.
    wakers: RefCell<Vec<Waker>>,
}

impl Ending {
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.get()
    }

    pub(super) fn set_home(&self, scheduler: *const ()) {
        self.home.set(Some(scheduler));
    }

    /// Whether this scheduler runs it. Only of one that has not ended: then its scheduler lives, and has its address alone.
    pub(super) fn is_home(&self, scheduler: *const ()) -> bool {
        self.home.get() == Some(scheduler)
    }

    /// For a coroutine of another scheduler.
    pub(super) fn wait_elsewhere(self: Rc<Self>) -> AnyFuture {
        Box::pin(async move {
            self.wait().await;
            Sent::nothing()
        })
    }

    /// Registers a coroutine of the same scheduler.
    pub(super) fn add(&self, coroutine: usize) {
        self.coroutines.borrow_mut().push(coroutine);
    }

    /// Notes the end, and tells which coroutines waited for it.
    pub(super) fn end(&self) -> Vec<usize> {
        self.has_ended.set(true);
        self.wakers.take().into_iter().for_each(Waker::wake);
        self.coroutines.take()
    }

    async fn wait(&self) {
        poll_fn(|cx| {
            if self.has_ended() {
                return Poll::Ready(());
            }
            let is_known = (self.wakers.borrow().iter()).any(|waker| waker.will_wake(cx.waker()));
            if !is_known {
                // Cloned before the borrow: that may be another's code.
                let new = cx.waker().clone();
                self.wakers.borrow_mut().push(new);
            }
            Poll::Pending
        })
        .await;
    }
}

/// What a coroutine of a [`Scheduler`](super::Scheduler) can wait for. Each yields a [`Wait`], and is sent what came of it.
impl Co<'_, Wait, Sent> {
    /// Lets everybody else go on first. Python's bare `yield`.
    pub async fn turn(&mut self) {
        self.yield_(Wait::turn()).await;
    }

    /// Adds a coroutine, which begins when it is its turn.
    pub async fn spawn<T, F>(&mut self, body: F) -> Ended<T>
    where
        T: 'static,
        F: for<'a> AsyncFnOnce(Co<'a, Wait, Sent>) -> T + 'static,
    {
        let (coroutine, ended) = Coroutine::new(body);
        self.yield_(Wait(Kind::Spawn(coroutine))).await;
        ended
    }

    /// Waits so long.
    pub async fn sleep(&mut self, duration: Duration) {
        self.yield_(Wait::until(time::after(duration))).await;
    }

    /// Waits until reading would not wait: there are bytes, the end, or an error.
    ///
    /// # Errors
    ///
    /// As [`Sent::ready`].
    pub async fn readable(&mut self, fd: impl AsFd) -> io::Result<()> {
        self.yield_(Wait::ready(fd, Interest::READABLE))
            .await
            .ready()
    }

    /// Waits until writing would not wait: there is room, or an error.
    ///
    /// # Errors
    ///
    /// As [`Sent::ready`].
    pub async fn writable(&mut self, fd: impl AsFd) -> io::Result<()> {
        self.yield_(Wait::ready(fd, Interest::WRITABLE))
            .await
            .ready()
    }

    /// Waits for the next item of a queue, which threads and tasks may share.
    ///
    /// # Errors
    ///
    /// As [`Queue::get`].
    pub async fn get<T: 'static>(&mut self, queue: &Queue<T>) -> Result<T, GetError> {
        let queue = queue.clone();
        self.wait_for(async move { queue.get().await }).await
    }

    /// Waits until another coroutine has ended, and returns what it returned.
    pub async fn join<T: 'static>(&mut self, ended: Ended<T>) -> T {
        self.yield_(Wait(Kind::End(ended.ending()))).await;
        match ended.take() {
            Ok(value) => value,
            Err(_) => {
                panic!("a coroutine was joined that panicked, or whose scheduler was dropped")
            }
        }
    }

    /// Waits for any future, and returns its value: an `async` function called from a coroutine.
    pub async fn wait_for<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        let sent = self.yield_(Wait::future(future)).await;
        sent.value().expect("a wait for a future is sent its value")
    }
}

/// A coroutine as a future: for [`spawn`](crate::spawn), or to be awaited. What it yields is waited for as a task waits.
///
/// So a coroutine that was written for a [`Scheduler`](super::Scheduler) runs on an event loop beside tasks, which is what `async` and `await` do without the detour.
///
/// ```
/// use std::time::Duration;
/// use yibu::generator::as_task;
///
/// let five = yibu::run(as_task(async |mut co| {
///     co.sleep(Duration::from_millis(1)).await;
///     co.wait_for(async { 5 }).await
/// }));
/// assert_eq!(five, 5);
/// ```
///
/// # Cancellation
///
/// Dropping the future closes the coroutine.
pub async fn as_task<T, F>(body: F) -> T
where
    F: for<'a> AsyncFnOnce(Co<'a, Wait, Sent>) -> T,
{
    drive(pin!(generator(body))).await
}

/// A coroutine that another spawned, as a task.
async fn run(mut coroutine: Coroutine) {
    let body = coroutine.body.as_mut().expect("it has not begun");
    drive(body.as_pin()).await;
}

async fn drive<B: Body<Wait, Sent>>(
    mut coroutine: Pin<&mut Generator<Wait, Sent, B>>,
) -> B::Return {
    let mut state = coroutine.as_mut().start_async().await;
    loop {
        match state {
            GeneratorState::Complete(value) => return value,
            GeneratorState::Yielded(wait) => {
                let sent = wait.awaited().await;
                state = coroutine.as_mut().resume_async(sent).await;
            }
        }
    }
}
