//! glommio's executor. Its tasks allow 32,767 wakers each and end the process at the next, so here the task that sets a million timers has a waker in front of its own,
//! which can be cloned as often as one likes. That costs an atomic increment for each timer, some 6 ns.
#![forbid(unsafe_code)]

use super::scenario::{run, work};
use crate::contestant::Contestant;
use crate::kit::runtime::glommio::Glommio;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("glommio", |orders| {
    run(orders, |job, count| {
        Glommio::run(in_front(work::<Glommio>(job, count)))
    })
});

/// Passes wakes on to the task's own waker.
struct InFront(Mutex<Option<Waker>>);

impl Wake for InFront {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(own) = &*self.0.lock().expect("no panic under the lock") {
            own.wake_by_ref();
        }
    }
}

/// Polls a future with a waker in front of the task's own.
async fn in_front<F: Future>(future: F) -> F::Output {
    let own = poll_fn(|cx| std::task::Poll::Ready(cx.waker().clone())).await;
    let waker = Waker::from(Arc::new(InFront(Mutex::new(Some(own)))));
    let mut future = pin!(future);
    poll_fn(|_| future.as_mut().poll(&mut Context::from_waker(&waker))).await
}
