//! A generator, and what can be done with it.
#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::forget;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::body::{Body, Keyed, Polled};
use super::boxed::{BoxGenerator, Boxed, LocalBoxGenerator};
use super::co::Co;
use super::errors::{ResumeError, StartError};
use super::frame::Key;

/// Makes a generator of a body. Nothing of the body runs before [`start`](Generator::start).
///
/// Pin it where it is used, `pin!(generator(…))`, which costs no allocation; or [`boxed`](Generator::boxed), to return it, store it or send it. It is `Send` if what its body keeps across
/// its awaits is.
///
/// ```
/// use std::pin::pin;
/// use yibu::generator::generator;
///
/// let limit = 50;
/// let fibonacci = pin!(generator(async |mut co| {
///     let (mut a, mut b) = (0, 1);
///     while a < limit {
///         co.yield_(a).await;
///         (a, b) = (b, a + b);
///     }
/// }));
/// assert!(fibonacci.eq([0, 1, 1, 2, 3, 5, 8, 13, 21, 34]));
/// ```
#[inline(always)]
pub fn generator<Y, R, T, F>(body: F) -> Generator<Y, R, impl Body<Y, R, Return = T>>
where
    F: for<'a> AsyncFnOnce(Co<'a, Y, R>) -> T,
{
    let key = Key::fresh();
    Generator::new(Stage::Fresh, Some(Keyed::new(key, body(Co::new(key)))))
}

/// What a resumed generator came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GeneratorState<Y, T> {
    /// It yielded, and waits to be resumed.
    Yielded(Y),
    /// Its body returned. Python's `StopIteration(value)`.
    Complete(T),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fresh,
    /// At a yield.
    Suspended,
    /// At another await.
    Awaiting,
    Finished,
}

/// A body that was put into a box, unless it was dropped before.
type InBox<B> = Option<Pin<Box<B>>>;

/// Dropped when the body panics: it has finished.
struct Panics<'a>(&'a mut Stage);

impl Drop for Panics<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.0 = Stage::Finished;
    }
}

pin_project! {
    /// A body that yields values of type `Y`, is sent values of type `R`, and returns one: made by [`generator`].
    ///
    /// Dropping it drops its body where it is, with the destructors of all that it has, innermost first; so does [`close`](Self::close).
    #[must_use = "nothing of a generator runs before it is started"]
    pub struct Generator<Y, R, B> {
        stage: Stage,
        #[pin]
        body: Option<B>,
        exchanges: PhantomData<fn(R) -> Y>,
    }
}

impl<Y, R, B> Generator<Y, R, B> {
    #[inline(always)]
    fn new(stage: Stage, body: Option<B>) -> Self {
        let exchanges = PhantomData;
        Self {
            stage,
            body,
            exchanges,
        }
    }
}

impl<Y, R, T, B: Body<Y, R, Return = T>> Generator<Y, R, B> {
    /// Polls the body once, with something for it, and tells what it came to, or that it waits for something else, and what it has not taken.
    #[inline(always)]
    fn poll_body(
        self: Pin<&mut Self>,
        sent: Option<R>,
        cx: Option<&mut Context<'_>>,
    ) -> Result<GeneratorState<Y, T>, Option<R>> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Err(sent);
        };
        let panics = Panics(this.stage);
        let polled = body.poll(sent, cx);
        forget(panics);
        match polled {
            Polled::Yielded(value) => {
                *this.stage = Stage::Suspended;
                Ok(GeneratorState::Yielded(value))
            }
            Polled::Returned(value) => {
                *this.stage = Stage::Finished;
                this.body.set(None);
                Ok(GeneratorState::Complete(value))
            }
            // It has not come to its yield yet, and the value can be sent again.
            Polled::Unsent(value) if *this.stage == Stage::Suspended => Err(Some(value)),
            Polled::Unsent(value) => {
                *this.stage = Stage::Awaiting;
                Err(Some(value))
            }
            Polled::Waits => {
                *this.stage = Stage::Awaiting;
                Err(None)
            }
        }
    }

    /// Runs the body up to its first yield. Python's `next(generator)` of a fresh one.
    ///
    /// # Panics
    ///
    /// Where [`try_start`](Self::try_start) would return an error.
    #[inline(always)]
    #[track_caller]
    pub fn start(self: Pin<&mut Self>) -> GeneratorState<Y, T> {
        match self.try_start() {
            Ok(state) => state,
            Err(error) => panic!("{error}"),
        }
    }

    /// [`start`](Self::start), where it is not known whether it was started already.
    ///
    /// # Errors
    ///
    /// If it was started, or if the body [awaits something else](StartError::Foreign) than a yield of its own.
    #[inline(always)]
    pub fn try_start(self: Pin<&mut Self>) -> Result<GeneratorState<Y, T>, StartError> {
        match self.stage {
            Stage::Fresh => self.poll_body(None, None).map_err(|_| StartError::Foreign),
            Stage::Finished => Err(StartError::Finished),
            Stage::Suspended | Stage::Awaiting => Err(StartError::Started),
        }
    }

    /// Sends a value, which becomes that of the `yield_` at which the body waits, and runs the body up to the next. Python's `send(value)`.
    ///
    /// # Panics
    ///
    /// Where [`try_resume`](Self::try_resume) would return an error.
    #[inline(always)]
    #[track_caller]
    pub fn resume(self: Pin<&mut Self>, value: R) -> GeneratorState<Y, T> {
        match self.try_resume(value) {
            Ok(state) => state,
            Err(error) => panic!("{error}"),
        }
    }

    /// [`resume`](Self::resume), where it is not known whether it may be resumed. Errors give the value back.
    ///
    /// # Errors
    ///
    /// If nothing waits for the value: [just started](ResumeError::JustStarted) (Python's `TypeError: can't send non-None value to a just-started generator`),
    /// [finished](ResumeError::Finished); or if the body [awaits something else](ResumeError::Foreign) than a yield of its own.
    #[inline(always)]
    pub fn try_resume(
        self: Pin<&mut Self>,
        value: R,
    ) -> Result<GeneratorState<Y, T>, ResumeError<R>> {
        match self.stage {
            Stage::Suspended => self
                .poll_body(Some(value), None)
                .map_err(ResumeError::Foreign),
            Stage::Fresh => Err(ResumeError::JustStarted(value)),
            Stage::Finished => Err(ResumeError::Finished(value)),
            Stage::Awaiting => Err(ResumeError::Foreign(Some(value))),
        }
    }

    /// Drops the body where it is, with the destructors of all that it has. Python's `close()`, whose `GeneratorExit` is what destructors are here.
    ///
    /// From then on it has finished. Of one that has, nothing; of one that was not started, nothing of the body runs.
    pub fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        *this.stage = Stage::Finished;
        this.body.set(None);
    }

    /// Whether it can be resumed no more: it has returned, was closed, or panicked.
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// Whether it was started or closed. Python's `GEN_CREATED` is that it was not.
    pub fn is_started(&self) -> bool {
        self.stage != Stage::Fresh
    }

    /// The same in a box: it can be returned, stored, and sent to another thread, and its type says no more than what it yields, is sent and returns.
    ///
    /// A resume costs a call through a pointer more.
    pub fn boxed<'a>(self) -> BoxGenerator<'a, Y, R, T>
    where
        B: Send + 'a,
    {
        let body: InBox<dyn Body<Y, R, Return = T> + Send + 'a> = match self.body {
            Some(body) => Some(Box::pin(body)),
            None => None,
        };
        Boxed::new(Generator::new(self.stage, body))
    }

    /// [`boxed`](Self::boxed), for a body that must stay on its thread.
    pub fn boxed_local<'a>(self) -> LocalBoxGenerator<'a, Y, R, T>
    where
        B: 'a,
    {
        let body: InBox<dyn Body<Y, R, Return = T> + 'a> = match self.body {
            Some(body) => Some(Box::pin(body)),
            None => None,
        };
        Boxed::new(Generator::new(self.stage, body))
    }
}

impl<Y, T, V, E, B: Body<Y, Result<V, E>, Return = T>> Generator<Y, Result<V, E>, B> {
    /// Throws an error at the `yield_` at which the body waits, where it arrives as `Err`, and runs the body up to the next. Python's `throw(error)`.
    ///
    /// # Errors
    ///
    /// The error itself, if no yield waits, as in Python: one that was not started is finished by it, and one that has finished stays so.
    ///
    /// # Panics
    ///
    /// If the body awaits something else than a yield of its own.
    #[inline]
    #[track_caller]
    pub fn throw(mut self: Pin<&mut Self>, error: E) -> Result<GeneratorState<Y, T>, E> {
        match self.as_mut().try_resume(Err(error)) {
            Ok(state) => Ok(state),
            Err(ResumeError::JustStarted(Err(error)) | ResumeError::Finished(Err(error))) => {
                self.close();
                Err(error)
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl<Y, B: Body<Y, ()>> Generator<Y, (), B> {
    /// The next value, or nothing once the body has returned; what it returned is dropped. Python's `next(generator, None)`.
    ///
    /// A pinned generator is an iterator of these: `for value in pin!(generator(…))`. [`resume(())`](Self::resume) gives what the body returned.
    ///
    /// # Panics
    ///
    /// If the body awaits something else than a yield of its own: such a generator is a stream.
    #[inline(always)]
    #[track_caller]
    pub fn next(self: Pin<&mut Self>) -> Option<Y> {
        // The value that is sent is for whom? At the start for nobody, and the first yield drops it. So there is one place where the body is polled, and it can be inlined.
        if self.stage == Stage::Finished {
            return None;
        }
        match self.poll_body(Some(()), None) {
            Ok(GeneratorState::Yielded(value)) => Some(value),
            Ok(GeneratorState::Complete(_)) => None,
            Err(_) => panic!("{}", StartError::Foreign),
        }
    }
}

impl<Y, B: Body<Y, ()>> Iterator for Pin<&mut Generator<Y, (), B>> {
    type Item = Y;

    #[inline(always)]
    fn next(&mut self) -> Option<Y> {
        Generator::next(self.as_mut())
    }
}

impl<Y, B: Body<Y, ()>> std::iter::FusedIterator for Pin<&mut Generator<Y, (), B>> {}

/// Where the body awaits something else between its yields; [`stream`](Generator::stream) is the same for who sends nothing.
impl<Y, R, T, B: Body<Y, R, Return = T>> Generator<Y, R, B> {
    /// [`start`](Self::start), of a body that awaits something else before its first yield.
    ///
    /// # Panics
    ///
    /// If it was started already, or has finished.
    ///
    /// # Cancellation
    ///
    /// If the future is dropped, the body stays where it is; go on with [`continue_async`](Self::continue_async).
    #[track_caller]
    pub fn start_async(self: Pin<&mut Self>) -> Resume<'_, Y, R, B> {
        match self.stage {
            Stage::Fresh => Resume::new(self, None),
            Stage::Finished => panic!("{}", StartError::Finished),
            Stage::Suspended | Stage::Awaiting => panic!("{}", StartError::Started),
        }
    }

    /// [`resume`](Self::resume), of a body that awaits something else before its next yield.
    ///
    /// # Panics
    ///
    /// If no yield waits for the value.
    ///
    /// # Cancellation
    ///
    /// If the future is dropped before the body has taken the value, the value is dropped, and another can be sent; after that the body stays where it is; go on with
    /// [`continue_async`](Self::continue_async).
    #[track_caller]
    pub fn resume_async(self: Pin<&mut Self>, value: R) -> Resume<'_, Y, R, B> {
        match self.stage {
            Stage::Suspended => Resume::new(self, Some(value)),
            Stage::Fresh => panic!("{}", ResumeError::JustStarted(())),
            Stage::Finished => panic!("{}", ResumeError::Finished(())),
            Stage::Awaiting => panic!("{}", ResumeError::Foreign(Some(()))),
        }
    }

    /// Goes on where a future of [`start_async`](Self::start_async) or [`resume_async`](Self::resume_async) was dropped, up to the next yield.
    ///
    /// # Panics
    ///
    /// If the body does not await anything.
    #[track_caller]
    pub fn continue_async(self: Pin<&mut Self>) -> Resume<'_, Y, R, B> {
        assert!(
            self.stage == Stage::Awaiting,
            "the generator awaits nothing that one could wait for: start or resume it"
        );
        Resume::new(self, None)
    }

    /// From wherever it is, unless it waits for a value.
    pub(super) fn first(self: Pin<&mut Self>) -> Resume<'_, Y, R, B> {
        match self.stage {
            Stage::Fresh | Stage::Awaiting => Resume::new(self, None),
            Stage::Finished => panic!("{}", StartError::Finished),
            Stage::Suspended => panic!("{}", StartError::Started),
        }
    }
}

/// The future of [`Generator::resume_async`] and its siblings.
#[must_use = "futures do nothing unless awaited"]
pub struct Resume<'a, Y, R, B> {
    generator: Pin<&'a mut Generator<Y, R, B>>,
    /// What the body has not taken yet.
    value: Option<R>,
}

impl<'a, Y, R, B> Resume<'a, Y, R, B> {
    fn new(generator: Pin<&'a mut Generator<Y, R, B>>, value: Option<R>) -> Self {
        Self { generator, value }
    }
}

impl<Y, R, B> Unpin for Resume<'_, Y, R, B> {}

impl<Y, R, B: Body<Y, R>> Future for Resume<'_, Y, R, B> {
    type Output = GeneratorState<Y, B::Return>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Resume { generator, value } = self.get_mut();
        assert!(
            generator.stage != Stage::Finished,
            "{}",
            ResumeError::Finished(())
        );
        // A yield waits for a value, and there is none (any more): polling would take it for another await.
        assert!(
            generator.stage != Stage::Suspended || value.is_some(),
            "a resume was polled after it was ready"
        );
        let polled = generator.as_mut().poll_body(value.take(), Some(cx));
        polled.map_or_else(
            |unsent| {
                *value = unsent;
                Poll::Pending
            },
            Poll::Ready,
        )
    }
}

/// A generator as a stream: [`Generator::stream`], [`Boxed::into_stream`](super::Boxed::into_stream).
#[must_use = "streams do nothing unless polled"]
#[derive(Debug)]
pub struct Values<G>(pub(super) G);

impl<Y, B: Body<Y, ()>> Stream for Values<Pin<&mut Generator<Y, (), B>>> {
    type Item = Y;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        self.0.as_mut().poll_value(cx)
    }
}

impl<Y, B: Body<Y, ()>> Generator<Y, (), B> {
    #[inline]
    pub(super) fn poll_value(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        if self.stage == Stage::Finished {
            return Poll::Ready(None);
        }
        match self.poll_body(Some(()), Some(cx)) {
            Ok(GeneratorState::Yielded(value)) => Poll::Ready(Some(value)),
            Ok(GeneratorState::Complete(_)) => Poll::Ready(None),
            Err(_) => Poll::Pending,
        }
    }

    /// A stream of the values, for a body that awaits between its yields. Python's `async for value in generator`.
    ///
    /// (A generator is not a stream itself, because it is an iterator, and the two have methods of the same names.)
    ///
    /// ```
    /// use std::{future::poll_fn, pin::{Pin, pin}, time::Duration};
    /// use futures_core::Stream;
    ///
    /// yibu::run(async {
    ///     let ticks = pin!(yibu::generator(async |mut co| {
    ///         for tick in 1..=2 {
    ///             yibu::time::sleep(Duration::from_millis(1)).await;
    ///             co.yield_(tick).await;
    ///         }
    ///     }));
    ///     let mut ticks = ticks.stream();
    ///     let mut next = async || poll_fn(|cx| Pin::new(&mut ticks).poll_next(cx)).await;
    ///     assert_eq!([next().await, next().await, next().await], [Some(1), Some(2), None]);
    /// });
    /// ```
    ///
    /// # Cancellation
    ///
    /// Whoever stops waiting for a value loses none: the body stays where it is.
    pub fn stream(self: Pin<&mut Self>) -> Values<Pin<&mut Self>> {
        Values(self)
    }
}

impl<Y, R, B> fmt::Debug for Generator<Y, R, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl<Y, R, B> fmt::Debug for Resume<'_, Y, R, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume")
            .field("generator", &self.generator)
            .finish_non_exhaustive()
    }
}
