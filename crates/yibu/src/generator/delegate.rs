//! Bodies that contain themselves, each resume at the same cost however deep.
//!
//! A body that awaits another is polled before it, so a chain of a thousand is a thousand polls for a resume. [`Co::delegate`] keeps the bodies of such a chain on a stack instead, and polls
//! the last alone: one that calls another waits until it is the last again.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::co::{Co, Exchange, Slot, Yield, astray};
use super::frame::{Frame, Key, find, find_beside};

/// A body on the stack, which leaves its value with its caller.
type Body<'d> = Pin<Box<dyn Future<Output = ()> + 'd>>;

/// What the last body wants to be called.
type Calls<'d> = Cell<Option<Body<'d>>>;

impl<Y, R> Co<'_, Y, R> {
    /// Runs a body that may call itself as a part of this one, and returns what it returns. Python's `yield from` in a recursive generator.
    ///
    /// What it yields, and what is sent to it, passes by this body at a cost that does not depend on the depth; in Python, and in a chain of boxed futures, each level adds to it.
    /// A call is two allocations. For what does not contain itself, [`reborrow`](Self::reborrow) costs nothing.
    ///
    /// The body is an `async fn` with a lifetime for what it borrows, as here; of an `async` closure the compiler cannot say that. It may borrow what outlives all of the recursion, as the tree here, but nothing of the body that calls it. It stays on its thread.
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
    /// Where [`yield_`](Self::yield_) does.
    ///
    /// # Cancellation
    ///
    /// Dropping it drops all bodies of the recursion, the innermost first (unless a destructor panics).
    pub fn delegate<'d, T, F, Fut>(&mut self, body: F) -> Delegate<'d, Y, R, T>
    where
        F: FnOnce(Nested<'d, Y, R>) -> Fut,
        Fut: Future<Output = T> + 'd,
        T: 'd,
    {
        let calls = Key::fresh();
        let (body, value) = prepare(body(Nested {
            co: Co::new(self.key()),
            calls,
        }));
        Delegate {
            slot: self.key(),
            calls,
            stack: vec![body],
            value,
        }
    }
}

/// The body of a future, and where its value will be.
fn prepare<'d, T: 'd>(future: impl Future<Output = T> + 'd) -> (Body<'d>, Rc<Cell<Option<T>>>) {
    let value = Rc::new(Cell::new(None));
    let place = Rc::clone(&value);
    let body = Box::pin(async move { place.set(Some(future.await)) });
    (body, value)
}

/// The handle of a body that may call itself: [`Co::delegate`]. It is for that body: outside of it, `yield_` still yields in the same generator, and `delegate` panics when awaited.
pub struct Nested<'d, Y, R = ()> {
    co: Co<'d, Y, R>,
    calls: Key<Calls<'d>>,
}

impl<'d, Y, R> Nested<'d, Y, R> {
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

    /// Calls a body one level deeper: [`Co::delegate`].
    pub fn delegate<T, F, Fut>(&mut self, body: F) -> Call<'d, T>
    where
        F: FnOnce(Nested<'d, Y, R>) -> Fut,
        Fut: Future<Output = T> + 'd,
        T: 'd,
    {
        let (body, value) = prepare(body(Nested {
            co: Co::new(self.co.key()),
            calls: self.calls,
        }));
        Call {
            calls: self.calls,
            body: Some(body),
            value,
        }
    }
}

/// The future of [`Co::delegate`].
#[must_use = "futures do nothing unless awaited"]
pub struct Delegate<'d, Y, R, T> {
    slot: Key<Slot<Y, R>>,
    calls: Key<Calls<'d>>,
    /// Each has called the next.
    stack: Vec<Body<'d>>,
    value: Rc<Cell<Option<T>>>,
}

impl<Y, R, T> Unpin for Delegate<'_, Y, R, T> {}

impl<Y, R, T> Future for Delegate<'_, Y, R, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let Some(slot) = find(cx, this.slot) else {
            astray();
        };
        let calls = Calls::default();
        while let Some(body) = this.stack.last_mut() {
            let sent = Cell::new(slot.replace(Exchange::Nothing));
            let frame = Frame::with(this.slot, sent, cx.waker(), this.calls, &calls);
            let polled = frame.enter(|cx| body.as_mut().poll(cx));
            slot.set(frame.payload.into_inner());
            match (polled, calls.take()) {
                (Poll::Ready(()), _) => drop(this.stack.pop()),
                (Poll::Pending, Some(call)) if !has_yielded(slot) => this.stack.push(call),
                (Poll::Pending, _) => return Poll::Pending,
            }
        }
        match this.value.take() {
            Some(value) => Poll::Ready(value),
            None => panic!("a delegate was polled after it was ready"),
        }
    }
}

/// Whether there is something for who resumes. (A body that has called another and does not wait for it may have yielded; then the call is dropped.)
fn has_yielded<Y, R>(slot: &Slot<Y, R>) -> bool {
    let exchange = slot.replace(Exchange::Nothing);
    let has_yielded = matches!(exchange, Exchange::Yielded(_));
    slot.set(exchange);
    has_yielded
}

impl<Y, R, T> Drop for Delegate<'_, Y, R, T> {
    /// The innermost first.
    fn drop(&mut self) {
        while self.stack.pop().is_some() {}
    }
}

/// The future of [`Nested::delegate`].
#[must_use = "futures do nothing unless awaited"]
pub struct Call<'d, T> {
    calls: Key<Calls<'d>>,
    /// Until it is called.
    body: Option<Body<'d>>,
    value: Rc<Cell<Option<T>>>,
}

impl<T> Unpin for Call<'_, T> {}

impl<T> Future for Call<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        if let Some(body) = this.body.take() {
            let Some(calls) = find_beside(cx, this.calls) else {
                astray();
            };
            calls.set(Some(body));
            return Poll::Pending;
        }
        match this.value.take() {
            Some(value) => Poll::Ready(value),
            // The body, which has the other pointer, was dropped for another or for a yield.
            None if Rc::strong_count(&this.value) == 1 => given_up(),
            None => Poll::Pending,
        }
    }
}

#[cold]
fn given_up() -> ! {
    panic!(
        "a call was given up, since the body that made it called another or yielded before it came to it: await one call at a time, and nothing else meanwhile"
    );
}

impl<Y, R> fmt::Debug for Nested<'_, Y, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nested").finish_non_exhaustive()
    }
}

impl<Y, R, T> fmt::Debug for Delegate<'_, Y, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delegate")
            .field("depth", &self.stack.len())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Call<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("is_called", &self.body.is_none())
            .finish_non_exhaustive()
    }
}
