//! What the awaited forms return. Each waits in a place of the queue's state, and gives that up when it is dropped.
#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::replace;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::core::{Core, Putting};
use super::errors::{GetError, PutError, TryGetError};
use super::shared::Shared;
use super::waiters::Key;

/// The future of [`Queue::put`](super::Queue::put).
#[must_use = "futures do nothing unless awaited"]
pub struct Put<'a, T, Q: Core<T> = Shared<T>> {
    queue: &'a Q,
    state: Putting<T>,
}

impl<'a, T, Q: Core<T>> Put<'a, T, Q> {
    pub(super) fn new(queue: &'a Q, item: T) -> Self {
        let state = Putting::Holds(item);
        Self { queue, state }
    }

    /// Puts no more, and gives the item back, if it is not in the queue yet.
    ///
    /// For a time limit that must not lose the item: await `&mut put`, and take it back when the time is up.
    ///
    /// ```
    /// # fn main() { yibu::run(async {
    /// use std::time::Duration;
    /// let queue = yibu::queue::Queue::fifo(1);
    /// queue.put('a').await.unwrap();
    /// let mut put = queue.put('b');
    /// assert!(yibu::time::timeout(Duration::from_millis(1), &mut put).await.is_err());
    /// assert_eq!(put.cancel(), Some('b'));
    /// # }) }
    /// ```
    pub fn cancel(mut self) -> Option<T> {
        self.take_back()
    }

    pub(super) fn take_back(&mut self) -> Option<T> {
        match replace(&mut self.state, Putting::Done) {
            Putting::Holds(item) => Some(item),
            Putting::Waits(key) => self.queue.cancel_put(key),
            Putting::Done => None,
        }
    }
}

impl<T, Q: Core<T>> Put<'_, T, Q> {
    #[cold]
    #[inline(never)]
    fn drop_slowly(&mut self) {
        drop(self.take_back());
    }

    /// After the first look has failed.
    #[cold]
    #[inline(never)]
    fn poll_slowly(&mut self, item: T, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
        self.state = Putting::Holds(item);
        let outcome = self.queue.poll_put(&mut self.state, cx.waker());
        outcome.map(|()| self.end())
    }

    #[cold]
    #[inline(never)]
    fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
        let Putting::Waits(_) = self.state else {
            panic!("a put was polled after it was ready");
        };
        if self.queue.collect_put(&mut self.state) {
            return Poll::Ready(self.end());
        }
        let outcome = self.queue.poll_put(&mut self.state, cx.waker());
        outcome.map(|()| self.end())
    }

    /// What a put says that is over.
    #[inline]
    fn end(&mut self) -> Result<(), PutError<T>> {
        match self.state.take() {
            Some(refused) => Err(PutError::Shutdown(refused)),
            None => Ok(()),
        }
    }
}

impl<T, Q: Core<T>> Unpin for Put<'_, T, Q> {}

impl<T, Q: Core<T>> Future for Put<'_, T, Q> {
    type Output = Result<(), PutError<T>>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(item) = this.state.take() {
            return match this.queue.put_at_once(item) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(back) => this.poll_slowly(back, cx),
            };
        }
        this.poll_again(cx)
    }
}

impl<T, Q: Core<T>> Drop for Put<'_, T, Q> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Putting::Waits(_) = self.state {
            self.drop_slowly();
        }
    }
}

/// The future of [`Queue::get`](super::Queue::get).
#[must_use = "futures do nothing unless awaited"]
pub struct Get<'a, T, Q: Core<T> = Shared<T>> {
    queue: &'a Q,
    key: Option<Key>,
    items: PhantomData<fn() -> T>,
}

impl<'a, T, Q: Core<T>> Get<'a, T, Q> {
    pub(super) fn new(queue: &'a Q) -> Self {
        Self {
            queue,
            key: None,
            items: PhantomData,
        }
    }

    /// Gets no more; an item that it has been served, and that nobody has seen, is the caller's.
    pub(super) fn take(&mut self) -> Option<T> {
        self.key.as_ref()?;
        self.queue.cancel_get(&mut self.key)
    }
}

impl<T, Q: Core<T>> Get<'_, T, Q> {
    #[cold]
    #[inline(never)]
    fn drop_slowly(&mut self) {
        self.queue.drop_get(&mut self.key);
    }

    #[cold]
    #[inline(never)]
    fn poll_slowly(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, GetError>> {
        let outcome = self.queue.poll_get(&mut self.key, cx.waker());
        outcome.map(|item| item.ok_or(GetError::Shutdown))
    }

    #[cold]
    #[inline(never)]
    fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, GetError>> {
        match self.queue.collect_get(&mut self.key) {
            Some(item) => Poll::Ready(item.ok_or(GetError::Shutdown)),
            None => self.poll_slowly(cx),
        }
    }
}

impl<T, Q: Core<T>> Future for Get<'_, T, Q> {
    type Output = Result<T, GetError>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.key.is_some() {
            return this.poll_again(cx);
        }
        match this.queue.get_at_once() {
            Some(item) => Poll::Ready(Ok(item)),
            None => this.poll_slowly(cx),
        }
    }
}

impl<T, Q: Core<T>> Drop for Get<'_, T, Q> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.key.is_some() {
            self.drop_slowly();
        }
    }
}

/// The future of [`Queue::get_many`](super::Queue::get_many).
#[must_use = "futures do nothing unless awaited"]
pub struct GetMany<'a, T, Q: Core<T> = Shared<T>> {
    get: Get<'a, T, Q>,
    items: &'a mut Vec<T>,
    most: usize,
}

impl<'a, T, Q: Core<T>> GetMany<'a, T, Q> {
    pub(super) fn new(queue: &'a Q, items: &'a mut Vec<T>, most: usize) -> Self {
        Self {
            get: Get::new(queue),
            items,
            most,
        }
    }

    /// Gets no more; tells how many the caller has.
    pub(super) fn take(&mut self) -> Option<usize> {
        let item = self.get.take()?;
        self.items.push(item);
        Some(1)
    }
}

impl<T, Q: Core<T>> Future for GetMany<'_, T, Q> {
    type Output = Result<usize, GetError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { get, items, most } = self.get_mut();
        if get.key.is_none() {
            match get.queue.try_get_many(items, *most) {
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(TryGetError::Shutdown) => return Poll::Ready(Err(GetError::Shutdown)),
                Err(TryGetError::Empty) => {}
            }
        }
        let Poll::Ready(first) = Pin::new(&mut *get).poll(cx) else {
            return Poll::Pending;
        };
        items.push(first?);
        // More may have come since; if not, one is enough.
        let more = get.queue.try_get_many(items, *most - 1).unwrap_or(0);
        Poll::Ready(Ok(1 + more))
    }
}

/// The future of [`Queue::join`](super::Queue::join).
#[must_use = "futures do nothing unless awaited"]
pub struct Join<'a, T, Q: Core<T> = Shared<T>> {
    queue: &'a Q,
    key: Option<Key>,
    items: PhantomData<fn() -> T>,
}

impl<'a, T, Q: Core<T>> Join<'a, T, Q> {
    pub(super) fn new(queue: &'a Q) -> Self {
        Self {
            queue,
            key: None,
            items: PhantomData,
        }
    }
}

impl<T, Q: Core<T>> Future for Join<'_, T, Q> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.queue.poll_join(&mut this.key, cx.waker())
    }
}

impl<T, Q: Core<T>> Drop for Join<'_, T, Q> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.queue.drop_join(key);
        }
    }
}

/// Whether it waits is all that there is to say.
macro_rules! debug {
    ($($name:ident, $self:ident => $is_waiting:expr;)*) => {$(
        impl<T, Q: Core<T>> fmt::Debug for $name<'_, T, Q> {
            fn fmt(&$self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("is_waiting", &$is_waiting).finish_non_exhaustive()
            }
        }
    )*};
}

debug! {
    Put, self => matches!(self.state, Putting::Waits(_));
    Get, self => self.key.is_some();
    GetMany, self => self.get.key.is_some();
    Join, self => self.key.is_some();
}
