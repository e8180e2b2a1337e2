//! The handle with which a body yields.
#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::body::Body;
use super::frame::{EXCHANGE, Key, Payload, Polling, with};
use super::peek::Peek;
use super::resume::{Generator, GeneratorState};

/// What passes between a body and who resumes it.
pub(super) enum Exchange<Y, R> {
    /// By a yield that was polled there.
    Yielded(Y, Polling),
    Nothing,
    Sent(R),
}

/// Where it lies during a poll.
pub(super) struct Slot<Y, R>(Peek<Exchange<Y, R>>);

/// What came of a value that was to be yielded.
enum Put<Y, R> {
    Done(Exchange<Y, R>),
    /// One that was given up in this poll has yielded: this one waits for the next.
    NotYet(Y),
}

impl<Y, R> Payload for Slot<Y, R> {
    const PURPOSE: usize = EXCHANGE;
}

impl<Y, R> Slot<Y, R> {
    #[inline(always)]
    pub(super) fn new(sent: Option<R>) -> Self {
        Self(Peek::new(sent.map_or(Exchange::Nothing, Exchange::Sent)))
    }

    #[inline(always)]
    pub(super) fn into_inner(self) -> Exchange<Y, R> {
        self.0.into_inner()
    }

    /// Yields, and gives what lay there: what was sent was for one that was given up.
    #[inline(always)]
    fn put(&self, value: Y, cx: &Context<'_>) -> Put<Y, R> {
        if self.has_yielded() {
            return Put::NotYet(value);
        }
        Put::Done(self.0.replace(Exchange::Yielded(value, Polling::new(cx))))
    }

    /// What was sent.
    #[inline(always)]
    fn take(&self) -> Option<R> {
        if !self.0.is(|exchange| matches!(exchange, Exchange::Sent(_))) {
            return None;
        }
        match self.0.replace(Exchange::Nothing) {
            Exchange::Sent(value) => Some(value),
            _ => None,
        }
    }

    /// Whether there is something for who resumes.
    #[inline(always)]
    pub(super) fn has_yielded(&self) -> bool {
        self.0
            .is(|exchange| matches!(exchange, Exchange::Yielded(..)))
    }
}

/// A body's handle to its generator: yields values of type `Y`, for each of which a value of type `R` is sent back.
///
/// It cannot leave its body, and yields nowhere else. Give it on by value: [`reborrow`](Self::reborrow).
pub struct Co<'a, Y, R = ()> {
    key: Key<Slot<Y, R>>,
    /// Nobody may take one generator's handle for another's.
    brand: PhantomData<fn(&'a ()) -> &'a ()>,
}

impl<'a, Y, R> Co<'a, Y, R> {
    #[inline(always)]
    pub(super) fn new(key: Key<Slot<Y, R>>) -> Self {
        let brand = PhantomData;
        Self { key, brand }
    }

    #[inline(always)]
    pub(super) fn key(&self) -> Key<Slot<Y, R>> {
        self.key
    }

    /// Yields a value, and waits to be resumed. Python's `yield value`, whose value is what was sent.
    ///
    /// ```
    /// use std::pin::pin;
    /// use yibu::generator::{GeneratorState::{Complete, Yielded}, generator};
    ///
    /// let mut sum = pin!(generator(async |mut co| {
    ///     let mut sum = 0;
    ///     while let Some(number) = co.yield_(sum).await {
    ///         sum += number;
    ///     }
    ///     "done"
    /// }));
    /// assert_eq!(sum.as_mut().start(), Yielded(0));
    /// assert_eq!(sum.as_mut().resume(Some(2)), Yielded(2));
    /// assert_eq!(sum.as_mut().resume(Some(3)), Yielded(5));
    /// assert_eq!(sum.as_mut().resume(None), Complete("done"));
    /// ```
    ///
    /// # Panics
    ///
    /// When awaited elsewhere than in the body that it was made for: then nobody is there to take the value.
    ///
    /// In debug builds also when awaited through something that polls with a context of its own, as sets of futures do (`FuturesUnordered`): that polls only what was woken, and nobody wakes a
    /// yield. In other builds, where to look for that would cost more than the yield, it is not polled again: a plain resume says so by [an error](super::ResumeError::Foreign), a loop waits.
    ///
    /// # Cancellation
    ///
    /// If it is dropped before it was polled, nothing is yielded; after that the value was yielded (unless the body returns in
    /// the same poll), and nobody takes what is sent for it.
    #[inline(always)]
    pub fn yield_(&mut self, value: Y) -> Yield<'_, Y, R> {
        Yield {
            key: self.key,
            value: Some(value),
            borrows: PhantomData,
        }
    }

    /// A handle for another body that runs as a part of this one, which waits meanwhile. Python's `yield from`, for what is known when compiling:
    /// values sent and errors thrown go to the inner body, and its value comes back.
    ///
    /// ```
    /// use yibu::generator::{Co, generator};
    ///
    /// async fn down(mut co: Co<'_, u32>, from: u32) -> u32 {
    ///     for number in (0..from).rev() {
    ///         co.yield_(number).await;
    ///     }
    ///     from
    /// }
    /// let both = generator(async |mut co| {
    ///     let from = down(co.reborrow(), 2).await;
    ///     down(co, from + 1).await;
    /// });
    /// assert!(both.boxed().eq([1, 0, 2, 1, 0]));
    /// ```
    ///
    /// It costs nothing: the inner body becomes a part of the outer one. Of a body that contains itself, see [`delegate`](Self::delegate).
    #[inline(always)]
    pub fn reborrow(&mut self) -> Co<'_, Y, R> {
        Co::new(self.key)
    }

    /// Yields what a generator that has not begun yields, and returns what it returns. Python's `yield from generator`.
    ///
    /// Values that are sent go to that generator. When this future is dropped, the generator stays where it is, and can be used on.
    ///
    /// # Panics
    ///
    /// If the generator has finished, or waits at a yield for a value.
    pub async fn yield_from<B: Body<Y, R>>(
        &mut self,
        mut generator: Pin<&mut Generator<Y, R, B>>,
    ) -> B::Return {
        let mut state = generator.as_mut().first().await;
        loop {
            match state {
                GeneratorState::Complete(value) => return value,
                GeneratorState::Yielded(value) => {
                    let sent = self.yield_(value).await;
                    state = generator.as_mut().resume_async(sent).await;
                }
            }
        }
    }
}

impl<Y> Co<'_, Y> {
    /// Yields each of the items. Python's `yield from iterable`.
    ///
    /// ```
    /// let letters = yibu::generator::generator(async |mut co| {
    ///     co.yield_all("ab".chars()).await;
    ///     co.yield_all(['c', 'd']).await;
    /// });
    /// assert_eq!(letters.boxed().collect::<String>(), "abcd");
    /// ```
    #[inline(always)]
    pub async fn yield_all(&mut self, items: impl IntoIterator<Item = Y>) {
        for item in items {
            self.yield_(item).await;
        }
    }
}

impl<Y, R> fmt::Debug for Co<'_, Y, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Co").finish_non_exhaustive()
    }
}

/// The future of [`Co::yield_`].
#[must_use = "a value is yielded when this is awaited"]
pub struct Yield<'a, Y, R> {
    key: Key<Slot<Y, R>>,
    /// Until it is yielded.
    value: Option<Y>,
    borrows: PhantomData<&'a mut ()>,
}

impl<Y, R> Unpin for Yield<'_, Y, R> {}

impl<Y, R> Yield<'_, Y, R> {
    #[cold]
    fn wait(&mut self, value: Y) {
        self.value = Some(value);
    }
}

impl<Y, R> Future for Yield<'_, Y, R> {
    type Output = R;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.get_mut();
        // Two looks for the frame, so that the compiler can tell the first poll from the later ones.
        if this.value.is_none() {
            return match with(this.key, Slot::take) {
                Some(sent) => sent.map_or(Poll::Pending, Poll::Ready),
                None => astray(),
            };
        }
        if let Some(value) = this.value.take() {
            match with(this.key, |slot| slot.put(value, cx)) {
                Some(Put::Done(before)) => drop(before),
                Some(Put::NotYet(value)) => this.wait(value),
                None => astray(),
            }
        }
        Poll::Pending
    }
}

impl<Y, R> fmt::Debug for Yield<'_, Y, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yield")
            .field("is_yielded", &self.value.is_none())
            .finish_non_exhaustive()
    }
}

#[cold]
pub(super) fn astray() -> ! {
    panic!(
        "a yield_ was polled by something else than its generator: await it in the body that its handle was made for, and not in a generator inside of that, in a task, on another thread, \
         or in a set of futures that has wakers of its own"
    );
}
