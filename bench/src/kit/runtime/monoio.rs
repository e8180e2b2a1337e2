//! monoio on its ring.
//!
//! It has no `yield_now`, and a task that wakes itself while it runs, as futures-lite's does, is put in front of all others and runs again: no switch
//! at all. So here a task that yields leaves its waker to another task, which wakes all that are left to it in its turn: one wake more for a
//! round of all tasks.
//!
//! Its wakers work on its own thread only, unless its feature `sync` is on, which makes all of them dearer; so it is not in `wake`.
#![forbid(unsafe_code)]

use super::Runtime;
use monoio::{IoUringDriver, RuntimeBuilder};
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub(crate) struct Monoio;

impl Monoio {
    /// In a task, since its `block_on` polls its own future before and after all others.
    pub(crate) fn run<F: Future<Output: 'static> + 'static>(work: F) -> F::Output {
        let runtime = RuntimeBuilder::<IoUringDriver>::new()
            .enable_timer()
            .build();
        runtime.expect("a ring").block_on(async {
            monoio::spawn(wake_yielded());
            monoio::spawn(work).await
        })
    }
}

thread_local! {
    static YIELDED: RefCell<Yielded> = const { RefCell::new(Yielded { tasks: Vec::new(), waking: None }) };
}

/// The tasks that yielded, and the task that will wake them unless it has been woken itself.
struct Yielded {
    tasks: Vec<Waker>,
    waking: Option<Waker>,
}

async fn wake_yielded() {
    let mut tasks = Vec::new();
    poll_fn(|cx| {
        YIELDED.with_borrow_mut(|yielded| {
            std::mem::swap(&mut tasks, &mut yielded.tasks);
            yielded.waking = Some(cx.waker().clone());
        });
        tasks.drain(..).for_each(Waker::wake);
        Poll::Pending
    })
    .await
}

/// Leaves its task's waker, once.
struct YieldNow(bool);

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        YIELDED.with_borrow_mut(|yielded| {
            yielded.tasks.push(cx.waker().clone());
            if let Some(waking) = yielded.waking.take() {
                waking.wake();
            }
        });
        Poll::Pending
    }
}

impl Runtime for Monoio {
    fn spawn(task: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        monoio::spawn(task)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        YieldNow(false)
    }

    fn sleep(delay: Duration) -> impl Future<Output = ()> {
        monoio::time::sleep(delay)
    }
}
