//! A generator's body, and one resume of it.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::co::{Exchange, Slot, astray};
use super::frame::{Frame, Key, Polling};

/// What a [`Generator`](super::Generator) runs: a future of its own, or a box with one.
///
/// It is what `generator(…)` makes and cannot be implemented elsewhere; name it where a generator is taken: `Generator<Y, R, impl Body<Y, R, Return = T>>`.
pub trait Body<Y, R> {
    /// What the body returns.
    type Return;

    /// Sends a value, or nothing, and polls once; without a context in one that wakes nobody.
    #[doc(hidden)]
    fn poll(
        self: Pin<&mut Self>,
        sent: Option<R>,
        cx: Option<&mut Context<'_>>,
    ) -> Polled<Y, R, Self::Return>;
}

/// What a poll came to. (The first three in the order of [`Exchange`], which they are made of.)
#[derive(Debug)]
pub enum Polled<Y, R, T> {
    Yielded(Y),
    /// For something else than a yield.
    Waits,
    /// Likewise, and it has not come to its yield yet: the value comes back.
    Unsent(R),
    Returned(T),
}

pin_project! {
    /// A body, and the key by which it finds who polls it.
    pub(super) struct Keyed<Y, R, Fut> {
        key: Key<Slot<Y, R>>,
        #[pin]
        future: Fut,
    }
}

impl<Y, R, Fut> Keyed<Y, R, Fut> {
    #[inline(always)]
    pub(super) fn new(key: Key<Slot<Y, R>>, future: Fut) -> Self {
        Self { key, future }
    }
}

impl<Y, R, Fut: Future> Body<Y, R> for Keyed<Y, R, Fut> {
    type Return = Fut::Output;

    #[inline(always)]
    fn poll(
        self: Pin<&mut Self>,
        sent: Option<R>,
        cx: Option<&mut Context<'_>>,
    ) -> Polled<Y, R, Fut::Output> {
        let this = self.project();
        let frame = Frame::new(*this.key, Slot::new(sent));
        // Made here and not by who calls, who cannot know whether anybody looks at it.
        let mut alone = Context::from_waker(Waker::noop());
        let cx = cx.unwrap_or(&mut alone);
        let polling = Polling::new(cx);
        match frame.poll(this.future, cx) {
            Poll::Ready(value) => Polled::Returned(value),
            Poll::Pending => match frame.payload.into_inner() {
                Exchange::Yielded(value, by) => {
                    if by != polling {
                        astray();
                    }
                    Polled::Yielded(value)
                }
                Exchange::Sent(value) => Polled::Unsent(value),
                Exchange::Nothing => Polled::Waits,
            },
        }
    }
}

/// So that frame and body are seen together also behind a pointer.
impl<Y, R, B: Body<Y, R> + ?Sized> Body<Y, R> for Pin<Box<B>> {
    type Return = B::Return;

    #[inline(always)]
    fn poll(
        self: Pin<&mut Self>,
        sent: Option<R>,
        cx: Option<&mut Context<'_>>,
    ) -> Polled<Y, R, B::Return> {
        self.get_mut().as_mut().poll(sent, cx)
    }
}
