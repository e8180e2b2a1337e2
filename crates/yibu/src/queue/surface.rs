//! What the shared and the local handles have in common, written once: the methods that do not block, the halves, the stream.
#![forbid(unsafe_code)]

/// Methods of a handle whose field `inner` points to a [`Core`](super::core::Core).
macro_rules! queue_methods {
    ($Queue:ident, $Items:ident, $module:literal) => {
        impl<T> $Queue<T> {
            /// Puts an item at its place, waiting for room behind those who wait already.
            ///
            /// # Errors
            /// [`PutError::Shutdown`](crate::queue::PutError::Shutdown), with the item.
            ///
            /// # Cancellation
            /// Before it is ready, the item is dropped with the future, unless it got into the queue just then; [`Put::cancel`](crate::queue::Put::cancel) tells, and gives it back.
            #[inline(always)]
            pub fn put(&self, item: T) -> Put<'_, T> {
                Put::new(&*self.inner, item)
            }

            /// Takes the next item, waiting for one behind those who wait already.
            ///
            /// # Errors
            /// [`GetError::Shutdown`](crate::queue::GetError::Shutdown) once the queue is shut down and empty.
            ///
            /// # Cancellation
            /// Loses nothing: an item that it was to get goes to the next who waits, or back to the front (a priority queue puts it where it belongs). While it is there, the queue may hold
            /// more than its capacity; and after [`Shutdown::Drain`], it may come back when others have been told already that nothing is left. Kept without being polled, a get holds the
            /// item that it was served, and so it does if it is leaked.
            #[inline(always)]
            pub fn get(&self) -> Get<'_, T> {
                Get::new(&*self.inner)
            }

            /// Appends at least one item, waiting for the first, and as many more as are there, up to `most` in all; tells how many. With `most` zero it is ready at once.
            ///
            /// # Errors
            /// [`GetError::Shutdown`](crate::queue::GetError::Shutdown) once the queue is shut down and empty.
            ///
            /// # Cancellation
            /// As that of [`get`](Self::get); nothing is appended before it is ready.
            pub fn get_many<'a>(&'a self, items: &'a mut Vec<T>, most: usize) -> GetMany<'a, T> {
                GetMany::new(&*self.inner, items, most)
            }

            /// Puts an item, if that needs no waiting. Python's `put_nowait`.
            ///
            /// # Errors
            /// [`TryPutError`], with the item.
            #[inline]
            pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
                self.inner.try_put(item)
            }

            /// Takes the next item, if that needs no waiting. Python's `get_nowait`.
            ///
            /// # Errors
            /// [`TryGetError`].
            #[inline]
            pub fn try_get(&self) -> Result<T, TryGetError> {
                self.inner.try_get()
            }

            /// Appends as many items as are there, up to `most`, and tells how many.
            ///
            /// # Errors
            /// [`TryGetError`], if there was none.
            pub fn try_get_many(
                &self,
                items: &mut Vec<T>,
                most: usize,
            ) -> Result<usize, TryGetError> {
                if most == 0 {
                    return Ok(0);
                }
                self.inner.try_get_many(items, most)
            }

            /// Says that the work on one item that was got is done. Python's `task_done`.
            ///
            /// # Errors
            /// If it was called more often than items were put. Python raises `ValueError`.
            pub fn task_done(&self) -> Result<(), TaskDoneError> {
                self.inner.task_done()
            }

            /// Waits until every item that was put has been reported done by [`task_done`](Self::task_done), or dropped by a shutdown.
            ///
            /// # Cancellation
            /// Changes nothing.
            pub fn join(&self) -> Join<'_, T> {
                Join::new(&*self.inner)
            }

            /// Ends the queue: from now on puts fail, and gets fail once it is empty, which with [`Shutdown::Immediate`] is at once. All who wait are woken to learn so.
            ///
            /// As in Python 3.13, `Immediate` drops what is in the queue and counts it as done, so a [`join`](Self::join) may end though nobody did the work. It may follow `Drain`; calling
            /// it again changes nothing.
            pub fn shutdown(&self, how: Shutdown) {
                self.inner.shut_down(how);
            }

            /// Whether it was shut down, in either way.
            pub fn is_shutdown(&self) -> bool {
                self.inner.is_shutdown()
            }

            /// How many items are in it. Where other threads use it, that may be out of date when it is returned. Python's `qsize`.
            pub fn len(&self) -> usize {
                self.inner.len()
            }

            /// Whether nothing is in it.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether as many items are in it as may be.
            pub fn is_full(&self) -> bool {
                self.capacity()
                    .is_some_and(|capacity| self.len() >= capacity)
            }

            /// The most items that it holds; nothing if there is no limit.
            pub fn capacity(&self) -> Option<usize> {
                self.inner.capacity()
            }

            /// What it holds, who waits, and what has passed through.
            pub fn stats(&self) -> Stats {
                self.inner.stats()
            }

            /// The items as a stream, which ends when the queue is shut down and empty.
            ///
            /// ```
            /// # fn main() { yibu::run(async {
            /// use std::{future::poll_fn, pin::Pin};
            /// use futures_core::Stream;
            #[doc = concat!("let queue = yibu::", $module, "::Queue::fifo(2);")]
            /// queue.put(1).await.unwrap();
            /// let mut items = queue.stream();
            /// assert_eq!(poll_fn(|cx| Pin::new(&mut items).poll_next(cx)).await, Some(1));
            /// # }) }
            /// ```
            pub fn stream(&self) -> $Items<T> {
                $Items {
                    queue: self.clone(),
                    key: None,
                }
            }

            /// A half that puts and a half that gets. Both can be cloned.
            ///
            /// When the last [`Sender`] is dropped, the queue is shut down with [`Shutdown::Drain`]: the receivers get what is left, and then learn that it is over. When the last
            /// [`Receiver`] is dropped, with [`Shutdown::Immediate`]: puts fail, and what is left is dropped, since nobody would get it. A handle of the whole queue that is kept beside counts as
            /// neither, so it does not keep the queue open; nor can halves that are split off later open it again.
            ///
            /// ```
            /// # fn main() { yibu::run(async {
            #[doc = concat!("use yibu::", $module, "::Queue;")]
            /// let (sender, receiver) = Queue::fifo(10).split();
            /// sender.put(7).await.unwrap();
            /// drop(sender);
            /// assert_eq!(receiver.get().await, Ok(7));
            /// assert_eq!(receiver.get().await, Err(yibu::queue::GetError::Shutdown));
            /// # }) }
            /// ```
            pub fn split(self) -> (Sender<T>, Receiver<T>) {
                (Sender::new(self.clone()), Receiver::new(self))
            }
        }

        impl<T> Clone for $Queue<T> {
            fn clone(&self) -> Self {
                Self {
                    inner: self.inner.clone(),
                }
            }
        }

        impl<T> std::fmt::Debug for $Queue<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Queue")
                    .field("stats", &self.stats())
                    .finish_non_exhaustive()
            }
        }

        /// The items of a queue, until it is shut down and empty: [`Queue::stream`].
        ///
        /// # Cancellation
        /// Dropped, it loses nothing. Kept without being polled, it may hold an item: while it waits it has a place in the line, and what is put next is kept for it.
        #[must_use = "streams do nothing unless polled"]
        pub struct $Items<T> {
            queue: $Queue<T>,
            key: Option<Key>,
        }

        impl<T> futures_core::Stream for $Items<T> {
            type Item = T;

            fn poll_next(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<T>> {
                let this = self.get_mut();
                if this.key.is_none()
                    && let Some(item) = this.queue.inner.get_at_once()
                {
                    return std::task::Poll::Ready(Some(item));
                }
                this.queue.inner.poll_get(&mut this.key, cx.waker())
            }
        }

        impl<T> Drop for $Items<T> {
            fn drop(&mut self) {
                if self.key.is_some() {
                    self.queue.inner.drop_get(&mut self.key);
                }
            }
        }

        impl<T> std::fmt::Debug for $Items<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Items")
                    .field("queue", &self.queue)
                    .finish_non_exhaustive()
            }
        }

        /// The half of a queue that puts: [`Queue::split`]. When the last is dropped, the receivers get what is left, and then learn that it is over.
        #[derive(Debug)]
        pub struct Sender<T> {
            pub(super) queue: $Queue<T>,
        }

        /// The half of a queue that gets: [`Queue::split`]. When the last is dropped, puts fail, and what is left is dropped.
        #[derive(Debug)]
        pub struct Receiver<T> {
            pub(super) queue: $Queue<T>,
        }

        impl<T> Sender<T> {
            fn new(queue: $Queue<T>) -> Self {
                queue.inner.count_sender();
                Self { queue }
            }

            /// As [`Queue::put`].
            #[inline(always)]
            pub fn put(&self, item: T) -> Put<'_, T> {
                self.queue.put(item)
            }

            /// As [`Queue::try_put`].
            ///
            /// # Errors
            /// [`TryPutError`], with the item.
            #[inline]
            pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
                self.queue.try_put(item)
            }

            /// As [`Queue::join`].
            pub fn join(&self) -> Join<'_, T> {
                self.queue.join()
            }
        }

        impl<T> Receiver<T> {
            fn new(queue: $Queue<T>) -> Self {
                queue.inner.count_receiver();
                Self { queue }
            }

            /// As [`Queue::get`].
            #[inline(always)]
            pub fn get(&self) -> Get<'_, T> {
                self.queue.get()
            }

            /// As [`Queue::get_many`].
            pub fn get_many<'a>(&'a self, items: &'a mut Vec<T>, most: usize) -> GetMany<'a, T> {
                self.queue.get_many(items, most)
            }

            /// As [`Queue::try_get`].
            ///
            /// # Errors
            /// [`TryGetError`].
            #[inline]
            pub fn try_get(&self) -> Result<T, TryGetError> {
                self.queue.try_get()
            }

            /// As [`Queue::try_get_many`].
            ///
            /// # Errors
            /// [`TryGetError`].
            pub fn try_get_many(
                &self,
                items: &mut Vec<T>,
                most: usize,
            ) -> Result<usize, TryGetError> {
                self.queue.try_get_many(items, most)
            }

            /// As [`Queue::task_done`].
            ///
            /// # Errors
            /// If it was called more often than items were put.
            pub fn task_done(&self) -> Result<(), TaskDoneError> {
                self.queue.task_done()
            }
        }

        half_methods!(Sender);
        half_methods!(Receiver);

        impl<T> Clone for Sender<T> {
            fn clone(&self) -> Self {
                Self::new(self.queue.clone())
            }
        }

        impl<T> Clone for Receiver<T> {
            fn clone(&self) -> Self {
                Self::new(self.queue.clone())
            }
        }

        impl<T> Drop for Sender<T> {
            fn drop(&mut self) {
                if self.queue.inner.uncount_sender() == 0 {
                    self.queue.shutdown(Shutdown::Drain);
                }
            }
        }

        impl<T> Drop for Receiver<T> {
            fn drop(&mut self) {
                if self.queue.inner.uncount_receiver() == 0 {
                    self.queue.shutdown(Shutdown::Immediate);
                }
            }
        }
    };
}
pub(super) use queue_methods;

/// What both halves have, each of the whole.
macro_rules! half_methods {
    ($Half:ident) => {
        impl<T> $Half<T> {
            /// As [`Queue::shutdown`].
            pub fn shutdown(&self, how: Shutdown) {
                self.queue.shutdown(how);
            }

            /// As [`Queue::is_shutdown`].
            pub fn is_shutdown(&self) -> bool {
                self.queue.is_shutdown()
            }

            /// As [`Queue::len`].
            pub fn len(&self) -> usize {
                self.queue.len()
            }

            /// As [`Queue::is_empty`].
            pub fn is_empty(&self) -> bool {
                self.queue.is_empty()
            }

            /// As [`Queue::capacity`].
            pub fn capacity(&self) -> Option<usize> {
                self.queue.capacity()
            }

            /// As [`Queue::stats`].
            pub fn stats(&self) -> Stats {
                self.queue.stats()
            }
        }
    };
}
pub(super) use half_methods;
