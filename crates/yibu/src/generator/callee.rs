//! A body on the heap, of whatever type, which keeps its value for who called it.
//!
//! Unsafe here: taking that value, of whatever type. Invariant:
//!
//! - **VALUE.** A callee with the id of a [`Key<T>`](Key) leaves a `T`: [`prepare`] makes both at once, KEY of `frame` holds, and nothing but [`Callee`] is [`Callable`].
//!
//! Covered by `values_of_many_types_come_back` and the rest of `recursion` in the tests of `generator`, under AddressSanitizer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::frame::Key;

pin_project! {
    #[project = StateProjection]
    enum State<F, T> {
        Running { #[pin] future: F },
        Returned { value: Option<T> },
    }
}

pin_project! {
    struct Callee<F, T> {
        key: Key<T>,
        #[pin]
        state: State<F, T>,
    }
}

/// A body that may call others: [`Co::delegate`](super::Co::delegate).
pub trait Callable {
    #[doc(hidden)]
    fn id(&self) -> u64;

    #[doc(hidden)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;

    /// Moves the value, if it is there, into an `Option<T>`, if the id is the callee's.
    ///
    /// # Safety
    /// VALUE: `into` may be written as an `Option<T>`, for the `T` of the `Key<T>` that has this id.
    #[doc(hidden)]
    unsafe fn take(self: Pin<&mut Self>, id: u64, into: *mut ());
}

impl<T, F: Future<Output = T>> Callable for Callee<F, T> {
    #[inline(always)]
    fn id(&self) -> u64 {
        self.key.id()
    }

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.project().state;
        if let StateProjection::Running { future } = state.as_mut().project() {
            let value = Some(ready!(future.poll(cx)));
            state.set(State::Returned { value });
        }
        Poll::Ready(())
    }

    #[inline(always)]
    unsafe fn take(self: Pin<&mut Self>, id: u64, into: *mut ()) {
        let this = self.project();
        if let StateProjection::Returned { value } = this.state.project()
            && this.key.id() == id
        {
            // SAFETY: by the caller.
            unsafe { *into.cast::<Option<T>>() = value.take() };
        }
    }
}

/// A callee of a future, and the key to its value.
pub(super) fn prepare<F: Future>(future: F) -> (Pin<Box<impl Callable>>, Key<F::Output>) {
    let key = Key::fresh();
    let state = State::Running { future };
    (Box::pin(Callee { key, state }), key)
}

/// What the key's callee has returned, or what is another's.
pub(super) fn take<T, B: Callable + ?Sized>(
    mut body: Pin<Box<B>>,
    key: Key<T>,
) -> Result<T, Pin<Box<B>>> {
    let mut value: Option<T> = None;
    // SAFETY: VALUE.
    unsafe { body.as_mut().take(key.id(), (&raw mut value).cast()) };
    value.ok_or(body)
}
