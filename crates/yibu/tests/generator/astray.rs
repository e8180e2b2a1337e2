//! A yield that is polled elsewhere than in the body of its handle panics, and says so.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Wake, Waker};

use yibu::generator::GeneratorState::{Complete, Yielded};
use yibu::generator::{Co, Nested, generator};

use super::{panic_of, poll_once};

const ASTRAY: &str = "a yield_ was polled by something else than its generator";

/// Polls what it has with a waker of its own, as sets of futures do.
struct Set<F>(F);

impl<F: Future + Unpin> Future for Set<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        struct Own(Waker);
        impl Wake for Own {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.wake_by_ref();
            }
        }
        let own = Waker::from(std::sync::Arc::new(Own(cx.waker().clone())));
        Pin::new(&mut self.0).poll(&mut Context::from_waker(&own))
    }
}

#[test]
fn the_outer_handle_within_an_inner_body() {
    let outer = generator(async |mut outer: Co<'_, u32>| {
        let mut inner = pin!(generator(async |_inner: Co<'_, u32>| outer.yield_(1).await));
        inner.as_mut().next()
    });
    let text = panic_of(|| outer.boxed().start());
    assert!(text.starts_with(ASTRAY), "{text}");
}

#[test]
fn the_outer_handle_within_an_inner_body_of_other_types() {
    let outer = generator(async |mut outer: Co<'_, String, Vec<u8>>| {
        let below = pin!(generator(async |_inner: Co<'_, u8, u8>| outer
            .yield_("a".into())
            .await));
        below.start()
    });
    let text = panic_of(|| drop(outer.boxed().start()));
    assert!(text.starts_with(ASTRAY), "{text}");
}

/// Only debug builds look.
#[cfg(debug_assertions)]
#[test]
fn through_something_that_has_wakers_of_its_own() {
    let g = generator(async |mut co: Co<'_, u32>| Set(co.yield_(1)).await);
    let text = panic_of(|| g.boxed().start());
    assert!(text.starts_with(ASTRAY), "{text}");

    let g = generator(async |mut co: Co<'_, u32>| {
        Set(co.delegate(async |mut co: Nested<'_, u32>| co.yield_(1).await)).await;
    });
    let text = panic_of(|| g.boxed_local().start());
    assert!(text.starts_with(ASTRAY), "{text}");

    // A future that is no yield goes through, and wakes.
    let mut g = pin!(generator(async |mut co: Co<'_, u32>| {
        Set(Box::pin(super::polls(1))).await;
        co.yield_(1).await;
    }));
    yibu::run(async { assert_eq!(g.as_mut().start_async().await, Yielded(1)) });
}

/// The handle of a nested body has the lifetime of the recursion, and can leave its body within that. Nothing comes of it.
#[test]
fn a_nested_handle_outside_of_its_body() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        let mut kept = None;
        let delegate = co.delegate(|nested| {
            kept = Some(nested);
            async {}
        });
        delegate.await;
        let mut kept = kept.unwrap();
        let sent = kept.yield_(1).await;
        kept.delegate(|mut co| async move { co.yield_(2).await })
            .await
            + sent
    }));
    assert_eq!(g.as_mut().start(), Yielded(1), "it is the same generator's");
    let text = panic_of(|| g.as_mut().resume(1));
    assert!(text.starts_with(ASTRAY), "{text}");
    assert!(g.is_finished());
}

#[test]
fn a_nested_handle_in_another_recursion() {
    let g = generator(async |mut co: Co<'_, u32>| {
        let mut kept = None;
        let delegate = co.delegate(|nested| {
            kept = Some(nested);
            async {}
        });
        delegate.await;
        let mut kept = kept.unwrap();
        co.delegate(|_| async move { kept.delegate(|_| async {}).await })
            .await;
    });
    let text = panic_of(|| g.boxed_local().start());
    assert!(text.starts_with(ASTRAY), "{text}");
}

/// Two generators' yields in one poll: each finds its own.
#[test]
fn generators_within_generators_keep_their_values_apart() {
    let mut outer = pin!(generator(async |mut outer: Co<'_, u32, u32>| {
        let mut sum = 0;
        for n in 0..3 {
            let mut inner = pin!(generator(async |mut inner: Co<'_, u32, u32>| {
                100 + inner.yield_(n).await
            }));
            let Yielded(yielded) = inner.as_mut().start() else {
                panic!()
            };
            let sent = outer.yield_(yielded + 10).await;
            let Complete(value) = inner.as_mut().resume(sent) else {
                panic!()
            };
            sum += value;
        }
        sum
    }));
    assert_eq!(outer.as_mut().start(), Yielded(10));
    assert_eq!(outer.as_mut().resume(1), Yielded(11));
    assert_eq!(outer.as_mut().resume(2), Yielded(12));
    assert_eq!(outer.as_mut().resume(3), Complete(306));
}

/// A yield that was given up has yielded; what is sent for it is dropped.
#[test]
fn a_yield_that_is_dropped() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        drop(co.yield_(1));
        let mut given_up = co.yield_(2);
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            Pin::new(&mut given_up).poll(cx).map(drop)
        })
        .await;
        co.yield_(3).await
    }));
    assert_eq!(g.as_mut().start(), Yielded(2));
    assert_eq!(g.as_mut().resume(20), Yielded(3));
    assert_eq!(g.as_mut().resume(30), Complete(30));
}

/// A waker may be lent to another thread during a poll, and by it nothing of the generator is reached there.
#[test]
fn on_another_thread_during_the_poll() {
    let g = generator(async |mut co: Co<'_, u32>| {
        let mut waits = co.yield_(1);
        poll_fn(|cx| {
            let lent = cx.waker();
            let waits = &mut waits;
            let elsewhere = move || {
                let cloned = lent.clone();
                cloned.wake_by_ref();
                lent.wake_by_ref();
                let _ = Pin::new(waits).poll(&mut Context::from_waker(lent));
            };
            let polled = std::thread::scope(|scope| scope.spawn(elsewhere).join());
            Poll::Ready(polled.is_err())
        })
        .await
    });
    assert_eq!(g.boxed().start(), Complete(true));
}

/// Two in one poll, the first given up: both values come.
#[test]
fn a_yield_that_was_given_up_has_yielded() {
    let g = generator(async |mut co: Co<'_, u32>| {
        poll_once(&mut co.yield_(1)).await;
        co.yield_(2).await;
    });
    assert!(g.boxed().eq([1, 2]));
}

#[test]
fn two_delegates_at_once() {
    let g = generator(async |mut co: Co<'_, u32>| {
        let of =
            |number| move |mut co: Nested<'static, u32>| async move { co.yield_(number).await };
        let (mut one, mut two) = (co.delegate(of(1)), co.delegate(of(2)));
        let mut left = [true, true];
        poll_fn(|cx| {
            left[0] = left[0] && Pin::new(&mut one).poll(cx).is_pending();
            left[1] = left[1] && Pin::new(&mut two).poll(cx).is_pending();
            match left {
                [false, false] => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    });
    assert!(g.boxed_local().eq([1, 2]));
}
