//! Waiting for an [operation](super::operation): the future that holds the key to its entry.

#![forbid(unsafe_code)]

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::core::{try_with_io, with_io};
use super::operation::{Data, Outcome};
use super::slab::Key;
use super::waiting::Registration;
use crate::rt::LoopId;
use crate::task::yield_now;

/// Runs one operation; gives back what it worked on, and its result. Started when first polled.
pub(crate) struct Operation {
    data: Option<Data>,
    started: Option<(LoopId, Key)>,
    /// It is canceled on its loop's thread.
    _stays: PhantomData<*const ()>,
}

impl Operation {
    /// Whether it was started on another loop than this thread runs now.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_of_another_loop(&self) -> bool {
        self.started
            .is_some_and(|(id, _)| try_with_io(id, |_| ()).is_none())
    }

    pub(crate) fn new(data: Data) -> Self {
        Self {
            data: Some(data),
            started: None,
            _stays: PhantomData,
        }
    }
}

impl Future for Operation {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut registration = Registration::new(cx.waker());
        with_io("an I/O operation", |io, id| {
            if let Some(data) = this.data.take() {
                this.started = Some((id, io.start_operation(data)));
            }
            let (loop_id, key) = this.started.expect("polled after it was ready");
            assert!(
                loop_id == id,
                "an I/O operation was polled on another event loop than it was started on"
            );
            let (entry, later) = io.operation(key);
            if entry.result.is_none() {
                entry.waker.set(&mut registration, later);
                return Poll::Pending;
            }
            this.started = None;
            let entry = io.finish_operation(key);
            Poll::Ready(Outcome {
                result: entry.result.expect("it has ended"),
                data: entry.data,
            })
        })
    }
}

/// Lets other tasks run if what was just done at once, copying so many bytes, was more than this turn's share: who does nothing else would keep the loop.
pub(crate) async fn yield_after(bytes: usize) {
    if with_io("an I/O operation", |io, _| io.was_at_once(bytes)) {
        yield_now().await;
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if let Some((loop_id, key)) = self.started {
            try_with_io(loop_id, |io| {
                let cancel = !io.operation(key).0.data.is_write();
                io.abandon_operation(key, cancel);
            });
        }
    }
}
