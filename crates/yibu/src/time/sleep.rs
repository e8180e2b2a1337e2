//! A future that is ready at a moment.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::rt::{self, LoopId, TimerKey};
use crate::task::LocalWaker;

/// What a delay that no clock can hold amounts to: thirty years.
const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Waits for `delay`, counted from this call.
///
/// A zero delay lets other tasks run once, as [`yield_now`](crate::yield_now) does. For a fixed rhythm,
/// which must not drift, use [`sleep_until`].
///
/// # Panics
/// Awaiting it outside an event loop panics.
///
/// # Cancellation
/// Dropping it takes the timer out of the loop.
///
/// ```
/// # fn main() { yibu::run(async {
/// let start = std::time::Instant::now();
/// let delay = std::time::Duration::from_millis(5);
/// yibu::time::sleep(delay).await;
/// assert!(start.elapsed() >= delay);
/// # }) }
/// ```
pub fn sleep(delay: Duration) -> Sleep {
    Sleep {
        yields: delay.is_zero(),
        ..sleep_until(after(delay))
    }
}

/// Waits until `deadline`; if that has passed, not at all.
///
/// # Panics
/// Awaiting it outside an event loop panics.
///
/// # Cancellation
/// Dropping it takes the timer out of the loop.
///
/// ```
/// # fn main() { yibu::run(async {
/// let deadline = std::time::Instant::now();
/// yibu::time::sleep_until(deadline).await;
/// # }) }
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        deadline,
        timer: None,
        yields: false,
    }
}

/// The moment `delay` from now. The clock is read anew where the delay is not zero: it counts from the call, however
/// long the turn has been.
pub(crate) fn after(delay: Duration) -> Instant {
    let read = |context: &rt::Context| {
        if delay.is_zero() {
            context.now()
        } else {
            context.clock()
        }
    };
    let now = rt::try_with(read).unwrap_or_else(Instant::now);
    now.checked_add(delay).unwrap_or_else(|| now + FAR)
}

/// The future of [`sleep`] and [`sleep_until`].
///
/// It can be polled again after it was ready, and is ready then. It may move to another loop; if it is dropped anywhere
/// but on the loop that polled it, its timer stays there until it is due.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    deadline: Instant,
    timer: Option<(LoopId, TimerKey)>,
    /// The first poll lets other tasks run, though the moment has come.
    yields: bool,
}

impl Sleep {
    /// When it is ready.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the moment has come, by the clock of this moment.
    pub fn is_elapsed(&self) -> bool {
        rt::try_with(rt::Context::clock).unwrap_or_else(Instant::now) >= self.deadline
    }

    /// Waits for another moment from now on. Whoever awaits it must poll it again to be woken then.
    ///
    /// ```
    /// # fn main() { yibu::run(async {
    /// use std::time::{Duration, Instant};
    /// let mut sleep = yibu::time::sleep(Duration::from_secs(3_600));
    /// sleep.reset(Instant::now());
    /// sleep.await;
    /// # }) }
    /// ```
    pub fn reset(&mut self, deadline: Instant) {
        self.cancel();
        self.deadline = deadline;
    }

    #[inline]
    fn cancel(&mut self) {
        let Some((id, key)) = self.timer.take() else {
            return;
        };
        let waker = rt::try_with(|context| {
            let at_home = context.id() == id;
            at_home
                .then(|| context.timers.borrow_mut().remove(key))
                .flatten()
        });
        // User code, perhaps: the wheel is not borrowed any more.
        drop(waker);
    }

    /// Sets the timer, or sees to it that it wakes `cx`.
    fn register(&mut self, context: &rt::Context, cx: &Context<'_>) {
        if let Some((id, key)) = self.timer
            && id == context.id()
        {
            let will_wake = context.timers.borrow().will_wake(key, cx.waker());
            match will_wake {
                Some(true) => return,
                Some(false) => {
                    let waker = LocalWaker::new(cx.waker());
                    let before = context.timers.borrow_mut().replace(key, waker);
                    drop(before);
                    return;
                }
                None => {}
            }
        }
        let waker = LocalWaker::new(cx.waker());
        let key = context.timers.borrow_mut().insert(self.deadline, waker);
        self.timer = Some((context.id(), key));
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        rt::with("yibu::time::sleep", |context| {
            if std::mem::take(&mut self.yields) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if context.now() >= self.deadline {
                self.cancel();
                return Poll::Ready(());
            }
            self.register(context, cx);
            Poll::Pending
        })
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::task::{Wake, Waker};

    use super::*;
    use crate::rt::test_loop::run;
    use crate::task::{spawn, yield_now};

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn now() -> Instant {
        rt::with("a test", rt::Context::now)
    }

    fn timers() -> usize {
        rt::with("a test", |context| context.timers.borrow().len())
    }

    #[test]
    fn is_send_and_sync() {
        fn check<T: Send + Sync>(_: &T) {}
        check(&sleep(ms(1)));
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_deadlines() {
        let order = run(async {
            let order = Rc::new(RefCell::new(Vec::new()));
            let start = now();
            let tasks = [70, 5, 3_600_000, 5, 64].map(|delay| {
                let order = order.clone();
                spawn(async move {
                    sleep_until(start + ms(delay)).await;
                    assert!(now() >= start + ms(delay) && now() < start + ms(delay + 2));
                    order.borrow_mut().push(delay);
                })
            });
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(timers(), 0);
            order.take()
        });
        assert_eq!(order, [5, 5, 64, 70, 3_600_000]);
    }

    #[test]
    fn a_delay_counts_from_the_call_not_from_the_turn() {
        run(async {
            let turn = now();
            while Instant::now() < turn + ms(3) {}
            let called = Instant::now();
            let sleep = sleep(ms(1));
            assert!(sleep.deadline() >= called + ms(1));
            sleep.await;
            assert!(now() >= called + ms(1));
        });
    }

    #[test]
    fn zero_yields_and_the_past_does_not_wait() {
        run(async {
            let other = spawn(async {});
            sleep_until(now()).await;
            assert!(!other.is_finished());
            sleep(Duration::ZERO).await;
            assert!(other.is_finished() && timers() == 0);
        });
    }

    #[test]
    fn for_ever_does_not_overflow() {
        run(async {
            let far = spawn(sleep(Duration::MAX));
            yield_now().await;
            assert_eq!(timers(), 1);
            far.abort();
            let _ = far.await;
            assert_eq!(timers(), 0);
        });
    }

    #[test]
    fn dropping_and_resetting_take_the_timer_out() {
        run(async {
            let cx = &mut Context::from_waker(Waker::noop());
            let mut first = sleep(ms(1_000));
            assert!(Pin::new(&mut first).poll(cx).is_pending());
            let mut second = sleep(ms(1_000));
            assert!(Pin::new(&mut second).poll(cx).is_pending());
            assert_eq!(timers(), 2);
            drop(first);
            assert_eq!(timers(), 1);
            let deadline = second.deadline() + ms(1_000);
            second.reset(deadline);
            assert_eq!(timers(), 0);
            second.await;
            assert!(now() >= deadline);
        });
    }

    #[test]
    fn the_last_task_to_poll_is_woken() {
        run(async {
            let mut sleep = sleep(ms(50));
            assert!(
                Pin::new(&mut sleep)
                    .poll(&mut Context::from_waker(Waker::noop()))
                    .is_pending()
            );
            spawn(sleep).await.unwrap();
        });
    }

    #[test]
    fn ready_again_after_it_was_ready() {
        run(async {
            let mut sleep = sleep(ms(1));
            (&mut sleep).await;
            (&mut sleep).await;
            assert!(sleep.is_elapsed());
        });
    }

    #[test]
    fn it_moves_to_another_loop() {
        let sleep = run(async {
            let mut sleep = sleep(ms(50));
            assert!(
                Pin::new(&mut sleep)
                    .poll(&mut Context::from_waker(Waker::noop()))
                    .is_pending()
            );
            Some(sleep)
        })
        .unwrap();
        let deadline = sleep.deadline();
        run(async move {
            sleep.await;
            assert!(now() >= deadline);
        });
    }

    #[test]
    #[should_panic(expected = "yibu::time::sleep was called outside an event loop")]
    fn awaiting_outside_a_loop_panics() {
        let _ = Pin::new(&mut sleep(ms(1))).poll(&mut Context::from_waker(Waker::noop()));
    }

    /// Foreign wakers whose destructors use the wheel themselves.
    #[test]
    fn foreign_wakers_may_sleep() {
        struct Sleepy;
        impl Wake for Sleepy {
            fn wake(self: Arc<Self>) {}
        }
        impl Drop for Sleepy {
            fn drop(&mut self) {
                let _ = Pin::new(&mut sleep(ms(1))).poll(&mut Context::from_waker(Waker::noop()));
            }
        }
        run(async {
            let poll = |sleep: &mut Sleep| {
                let waker = Waker::from(Arc::new(Sleepy));
                Pin::new(sleep).poll(&mut Context::from_waker(&waker))
            };
            let mut sleep = sleep(ms(10));
            assert!(poll(&mut sleep).is_pending());
            assert!(poll(&mut sleep).is_pending());
            sleep.reset(now() + ms(5));
            assert!(poll(&mut sleep).is_pending());
            drop(sleep);
            assert_eq!(timers(), 0);
        });
    }
}
