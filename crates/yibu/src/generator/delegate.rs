//! Bodies that contain themselves, each resume at the same cost however deep.
//!
//! A body that awaits another is polled before it, so a chain of a thousand is a thousand polls for a resume. [`Co::delegate`] keeps the bodies of such a chain on a stack instead, and polls
//! the last alone: one that calls another waits until it is the last again.
#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::mem::forget;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::callee::{Callable, prepare, take};
use super::co::{Co, Slot, Yield, astray};
use super::frame::{CALLS, Frame, Key, Payload, Polling, with};
use super::peek::Peek;

/// A body on the heap.
type Body<B> = Pin<Box<B>>;

/// What passes between the last body and who polls it.
enum Handed<B: ?Sized> {
    Nothing,
    Called(Body<B>),
    Returned(Body<B>),
}

/// Where it lies during a poll.
struct Calls<B: ?Sized> {
    handed: Peek<Handed<B>>,
    polling: Polling,
}

impl<B: ?Sized> Payload for Calls<B> {
    const PURPOSE: usize = CALLS;
}

impl<B: Callable + ?Sized> Calls<B> {
    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.handed.is(|handed| matches!(handed, Handed::Nothing))
    }

    fn take(&self) -> Handed<B> {
        self.handed.replace(Handed::Nothing)
    }

    #[inline]
    fn put(&self, handed: Handed<B>) {
        match self.handed.replace(handed) {
            Handed::Nothing => (),
            // A call that was given up, or a value that nobody waits for.
            Handed::Called(body) | Handed::Returned(body) => drop_cold(body),
        }
    }

    /// What the callee with this key has returned, if it was the last to return; its caller is polled only then, or while its call is still to be begun.
    fn returned<T>(&self, key: Key<T>) -> Answer<T> {
        match self.take() {
            Handed::Returned(body) => match take(body, key) {
                Ok(value) => return Answer::Returned(value),
                Err(body) => self.put(Handed::Returned(body)),
            },
            Handed::Called(body) if body.id() == key.id() => {
                self.put(Handed::Called(body));
                return Answer::NotYet;
            }
            other => self.put(other),
        }
        Answer::GivenUp
    }
}

/// What came of a call.
enum Answer<T> {
    Returned(T),
    NotYet,
    GivenUp,
}

impl<T> Answer<T> {
    fn into_poll(self) -> Poll<T> {
        match self {
            Self::Returned(value) => Poll::Ready(value),
            Self::NotYet => Poll::Pending,
            Self::GivenUp => given_up(),
        }
    }
}

impl<Y, R> Co<'_, Y, R> {
    /// Runs a body that may call itself as a part of this one, and returns what it returns. Python's `yield from` in a recursive generator.
    ///
    /// What it yields, and what is sent to it, passes by this body at a cost that does not depend on the depth; in Python, and in a chain of boxed futures, each level adds to it.
    /// A call is one allocation (the first two). For what does not contain itself, [`reborrow`](Self::reborrow) costs nothing.
    ///
    /// The body is an `async fn` with a lifetime for what it borrows, as here; of an `async` closure the compiler cannot say that. It may borrow what outlives all of the recursion, as the tree here, but nothing of the body that calls it. It stays on its thread; of one that may leave it see [`delegate_send`](Self::delegate_send).
    ///
    /// ```
    /// use yibu::generator::{Nested, generator};
    ///
    /// struct Tree(Option<Box<(Tree, u32, Tree)>>);
    ///
    /// async fn walk<'d>(mut co: Nested<'d, u32>, tree: &'d Tree) -> usize {
    ///     let Some(node) = &tree.0 else { return 0 };
    ///     let left = co.delegate(|co| walk(co, &node.0)).await;
    ///     co.yield_(node.1).await;
    ///     left + 1 + co.delegate(|co| walk(co, &node.2)).await
    /// }
    ///
    /// let leaf = |number| Tree(Some(Box::new((Tree(None), number, Tree(None)))));
    /// let tree = Tree(Some(Box::new((leaf(1), 2, leaf(3)))));
    /// let numbers = generator(async |mut co| {
    ///     let count = co.delegate(|co| walk(co, &tree)).await;
    ///     co.yield_(count as u32 * 100).await;
    /// });
    /// assert!(numbers.boxed_local().eq([1, 2, 3, 300]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where its bodies do, and what they await: a call is awaited in the body that makes it, and nothing else meanwhile.
    ///
    /// # Cancellation
    ///
    /// Dropping it drops all bodies of the recursion, the innermost first (unless a destructor panics).
    #[inline(never)]
    pub fn delegate<'d, T, F, Fut>(&mut self, body: F) -> Delegate<Y, R, T, dyn Callable + 'd>
    where
        F: FnOnce(Nested<'d, Y, R>) -> Fut,
        Fut: Future<Output = T> + 'd,
        T: 'd,
    {
        let (slot, calls) = (self.key(), Key::fresh());
        let (body, value) = prepare(body(Recursive::new(slot, calls)));
        Delegate::new(slot, calls, body, value)
    }

    /// [`delegate`](Self::delegate), of bodies that may go to another thread with their generator.
    ///
    /// The body is a function that returns `impl Future + Send`: of an `async fn` that calls itself the compiler cannot find out whether it is. (Clippy's `manual_async_fn` does not know that.)
    ///
    /// ```
    /// use yibu::generator::{BoxGenerator, SendNested, generator};
    ///
    /// fn down<'d>(mut co: SendNested<'d, u32>, from: u32) -> impl Future<Output = ()> + Send + 'd {
    ///     async move {
    ///         co.yield_(from).await;
    ///         if from > 0 {
    ///             co.delegate(|co| down(co, from - 1)).await;
    ///         }
    ///     }
    /// }
    /// let numbers: BoxGenerator<'_, u32> =
    ///     generator(async |mut co| co.delegate_send(|co| down(co, 2)).await).boxed();
    /// let there = std::thread::spawn(move || numbers.collect::<Vec<_>>());
    /// assert_eq!(there.join().unwrap(), [2, 1, 0]);
    /// ```
    #[inline(never)]
    pub fn delegate_send<'d, T, F, Fut>(
        &mut self,
        body: F,
    ) -> Delegate<Y, R, T, dyn Callable + Send + 'd>
    where
        F: FnOnce(SendNested<'d, Y, R>) -> Fut,
        Fut: Future<Output = T> + Send + 'd,
        T: Send + 'd,
    {
        let (slot, calls) = (self.key(), Key::fresh());
        let (body, value) = prepare(body(Recursive::new(slot, calls)));
        Delegate::new(slot, calls, body, value)
    }
}

/// The handle of a body that may call itself: [`Co::delegate`]. It is for that body: outside of its recursion, `yield_` still yields in the same generator, and `delegate` panics when awaited.
pub type Nested<'d, Y, R = ()> = Recursive<'d, Y, R, dyn Callable + 'd>;

/// A [`Nested`] whose bodies may go to another thread: [`Co::delegate_send`].
pub type SendNested<'d, Y, R = ()> = Recursive<'d, Y, R, dyn Callable + Send + 'd>;

/// The handle of a body that may call itself: [`Nested`], [`SendNested`].
pub struct Recursive<'d, Y, R, B: ?Sized> {
    co: Co<'d, Y, R>,
    calls: Key<Calls<B>>,
}

impl<'d, Y, R, B: ?Sized> Recursive<'d, Y, R, B> {
    fn new(slot: Key<Slot<Y, R>>, calls: Key<Calls<B>>) -> Self {
        let co = Co::new(slot);
        Self { co, calls }
    }

    /// For a body that this one calls.
    fn again(&self) -> Self {
        Self::new(self.co.key(), self.calls)
    }

    /// [`Co::yield_`].
    #[inline(always)]
    pub fn yield_(&mut self, value: Y) -> Yield<'_, Y, R> {
        self.co.yield_(value)
    }

    /// A handle for a body that does not call this one: [`Co::reborrow`].
    #[inline(always)]
    pub fn reborrow(&mut self) -> Co<'_, Y, R> {
        self.co.reborrow()
    }
}

impl<'d, Y, R> Nested<'d, Y, R> {
    /// Calls a body one level deeper: [`Co::delegate`].
    pub fn delegate<T, F, Fut>(&mut self, body: F) -> Call<T, dyn Callable + 'd>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future<Output = T> + 'd,
        T: 'd,
    {
        let (body, value) = prepare(body(self.again()));
        Call::new(self.calls, body, value)
    }
}

impl<'d, Y, R> SendNested<'d, Y, R> {
    /// Calls a body one level deeper: [`Co::delegate_send`].
    pub fn delegate<T, F, Fut>(&mut self, body: F) -> Call<T, dyn Callable + Send + 'd>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future<Output = T> + Send + 'd,
        T: Send + 'd,
    {
        let (body, value) = prepare(body(self.again()));
        Call::new(self.calls, body, value)
    }
}

/// The future of [`Co::delegate`].
#[must_use = "futures do nothing unless awaited"]
pub struct Delegate<Y, R, T, B: ?Sized> {
    slot: Key<Slot<Y, R>>,
    calls: Key<Calls<B>>,
    /// Each has called the next.
    stack: Vec<Body<B>>,
    /// The first's.
    value: Key<T>,
}

impl<Y, R, T, B: ?Sized> Delegate<Y, R, T, B> {
    fn new(slot: Key<Slot<Y, R>>, calls: Key<Calls<B>>, body: Body<B>, value: Key<T>) -> Self {
        let stack = vec![body];
        Self {
            slot,
            calls,
            stack,
            value,
        }
    }
}

impl<Y, R, T, B: ?Sized> Unpin for Delegate<Y, R, T, B> {}

impl<Y, R, T, B: Callable + ?Sized> Future for Delegate<Y, R, T, B> {
    type Output = T;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let calls = Calls {
            handed: Peek::new(Handed::Nothing),
            polling: Polling::new(cx),
        };
        let frame = Frame::new(this.calls, calls);
        let polled = frame.enter(|| {
            let Some(last) = this.stack.last_mut() else {
                ended();
            };
            let is_ready = last.as_mut().poll(cx).is_ready();
            // At most polls a body has yielded: a short way for that.
            if !is_ready && frame.payload.is_empty() {
                return Poll::Pending;
            }
            this.go_on(is_ready, &frame.payload, cx)
        });
        if frame.payload.is_empty() {
            // Nothing is left in it to drop.
            forget(frame);
        }
        polled
    }
}

impl<Y, R, T, B: Callable + ?Sized> Delegate<Y, R, T, B> {
    /// The last body has returned, or called another.
    #[inline(never)]
    fn go_on(&mut self, mut is_ready: bool, calls: &Calls<B>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            if is_ready {
                self.go_back(calls);
            } else if !self.call(calls) {
                return Poll::Pending;
            }
            let Some(body) = self.stack.last_mut() else {
                return calls.returned(self.value).into_poll();
            };
            is_ready = body.as_mut().poll(cx).is_ready();
        }
    }

    /// The last body waits: for one that it has called?
    fn call(&mut self, calls: &Calls<B>) -> bool {
        // (One that has called another and does not wait for it may have yielded; then the call is dropped.)
        let has_yielded = with(self.slot, Slot::has_yielded).unwrap_or(false);
        match calls.take() {
            Handed::Called(body) if !has_yielded => self.stack.push(body),
            _ => return false,
        }
        true
    }

    /// The last body has returned.
    fn go_back(&mut self, calls: &Calls<B>) {
        if let Some(body) = self.stack.pop() {
            calls.put(Handed::Returned(body));
        }
    }
}

impl<Y, R, T, B: ?Sized> Drop for Delegate<Y, R, T, B> {
    /// The innermost first.
    fn drop(&mut self) {
        while self.stack.pop().is_some() {}
    }
}

/// The future of [`Nested::delegate`].
#[must_use = "futures do nothing unless awaited"]
pub struct Call<T, B: ?Sized> {
    calls: Key<Calls<B>>,
    /// Until it is called.
    body: Option<Body<B>>,
    value: Key<T>,
}

impl<T, B: ?Sized> Call<T, B> {
    fn new(calls: Key<Calls<B>>, body: Body<B>, value: Key<T>) -> Self {
        let body = Some(body);
        Self { calls, body, value }
    }
}

impl<T, B: ?Sized> Unpin for Call<T, B> {}

impl<T, B: Callable + ?Sized> Future for Call<T, B> {
    type Output = T;

    // Inlined it would make the yields of its body slower, which are more.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let Some(body) = this.body.take() else {
            return match with(this.calls, |calls| calls.returned(this.value)) {
                Some(answer) => answer.into_poll(),
                None => astray(),
            };
        };
        let called = with(this.calls, |calls| {
            match calls.polling == Polling::new(cx) {
                true => Ok(calls.handed.replace(Handed::Called(body))),
                false => Err(body),
            }
        });
        match called {
            // (A call that was given up, or a value that nobody waits for.)
            Some(Ok(before)) => drop(before),
            Some(Err(_)) | None => astray(),
        }
        Poll::Pending
    }
}

#[cold]
fn ended() -> ! {
    panic!("a delegate was polled after it was ready");
}

#[cold]
fn drop_cold<T>(value: T) {
    drop(value);
}

#[cold]
fn given_up() -> ! {
    panic!(
        "a call was given up, since the body that made it called another or yielded before it came to it: await one call at a time, and nothing else meanwhile"
    );
}

impl<Y, R, B: ?Sized> fmt::Debug for Recursive<'_, Y, R, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recursive").finish_non_exhaustive()
    }
}

impl<Y, R, T, B: ?Sized> fmt::Debug for Delegate<Y, R, T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delegate")
            .field("depth", &self.stack.len())
            .finish_non_exhaustive()
    }
}

impl<T, B: ?Sized> fmt::Debug for Call<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("is_called", &self.body.is_none())
            .finish_non_exhaustive()
    }
}
