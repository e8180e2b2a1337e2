//! Generators in boxes.
#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::body::Body;
use super::errors::{ResumeError, StartError};
use super::resume::{Generator, GeneratorState, Resume, Values};

/// A [`Generator`] in a box, which may go to another thread: [`Generator::boxed`].
pub type BoxGenerator<'a, Y, R = (), T = ()> = Boxed<Y, R, dyn Body<Y, R, Return = T> + Send + 'a>;

/// A [`Generator`] in a box, which stays on its thread: [`Generator::boxed_local`].
pub type LocalBoxGenerator<'a, Y, R = (), T = ()> = Boxed<Y, R, dyn Body<Y, R, Return = T> + 'a>;

/// A [`Generator`] in a box: [`BoxGenerator`], [`LocalBoxGenerator`]. It has the methods of a pinned one, and is an iterator itself.
///
/// ```
/// use yibu::generator::{BoxGenerator, generator};
///
/// fn countdown(from: u32) -> BoxGenerator<'static, u32> {
///     generator(async move |mut co| co.yield_all((1..=from).rev()).await).boxed()
/// }
/// assert!(countdown(3).eq([3, 2, 1]));
/// ```
#[must_use = "nothing of a generator runs before it is started"]
pub struct Boxed<Y, R, B: ?Sized>(Generator<Y, R, Pin<Box<B>>>);

impl<Y, R, T, B: Body<Y, R, Return = T> + ?Sized> Boxed<Y, R, B> {
    pub(super) fn new(generator: Generator<Y, R, Pin<Box<B>>>) -> Self {
        Self(generator)
    }

    /// As a pinned one is used: for [`Co::yield_from`](super::Co::yield_from).
    #[inline]
    pub fn as_pin(&mut self) -> Pin<&mut Generator<Y, R, Pin<Box<B>>>> {
        Pin::new(&mut self.0)
    }

    /// [`Generator::start`].
    #[inline]
    #[track_caller]
    pub fn start(&mut self) -> GeneratorState<Y, T> {
        self.as_pin().start()
    }

    /// [`Generator::try_start`].
    #[inline]
    pub fn try_start(&mut self) -> Result<GeneratorState<Y, T>, StartError> {
        self.as_pin().try_start()
    }

    /// [`Generator::resume`].
    #[inline]
    #[track_caller]
    pub fn resume(&mut self, value: R) -> GeneratorState<Y, T> {
        self.as_pin().resume(value)
    }

    /// [`Generator::try_resume`].
    #[inline]
    pub fn try_resume(&mut self, value: R) -> Result<GeneratorState<Y, T>, ResumeError<R>> {
        self.as_pin().try_resume(value)
    }

    /// [`Generator::close`].
    pub fn close(&mut self) {
        self.as_pin().close();
    }

    /// [`Generator::is_started`].
    pub fn is_started(&self) -> bool {
        self.0.is_started()
    }

    /// [`Generator::is_finished`].
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// [`Generator::start_async`].
    #[track_caller]
    pub fn start_async(&mut self) -> Resume<'_, Y, R, Pin<Box<B>>> {
        self.as_pin().start_async()
    }

    /// [`Generator::resume_async`].
    #[track_caller]
    pub fn resume_async(&mut self, value: R) -> Resume<'_, Y, R, Pin<Box<B>>> {
        self.as_pin().resume_async(value)
    }

    /// [`Generator::continue_async`].
    #[track_caller]
    pub fn continue_async(&mut self) -> Resume<'_, Y, R, Pin<Box<B>>> {
        self.as_pin().continue_async()
    }
}

impl<Y, T, V, E, B: Body<Y, Result<V, E>, Return = T> + ?Sized> Boxed<Y, Result<V, E>, B> {
    /// [`Generator::throw`].
    #[track_caller]
    pub fn throw(&mut self, error: E) -> Result<GeneratorState<Y, T>, E> {
        self.as_pin().throw(error)
    }
}

impl<Y, B: Body<Y, ()> + ?Sized> Iterator for Boxed<Y, (), B> {
    type Item = Y;

    #[inline]
    fn next(&mut self) -> Option<Y> {
        self.as_pin().next()
    }
}

impl<Y, B: Body<Y, ()> + ?Sized> std::iter::FusedIterator for Boxed<Y, (), B> {}

impl<Y, B: Body<Y, ()> + ?Sized> Boxed<Y, (), B> {
    /// [`Generator::stream`], which has the generator.
    pub fn into_stream(self) -> Values<Self> {
        Values(self)
    }
}

impl<Y, B: Body<Y, ()> + ?Sized> Stream for Values<Boxed<Y, (), B>> {
    type Item = Y;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        self.0.as_pin().poll_value(cx)
    }
}

impl<Y, R, B: ?Sized> fmt::Debug for Boxed<Y, R, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Boxed").field(&self.0).finish()
    }
}
