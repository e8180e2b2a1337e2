//! Wakers are others' code: whatever one does while it is made, called or dropped, no item is lost, and nobody is left in line whom no future owns.
//!
//! Unsafe here: a table of waker functions, since the standard library makes no waker whose `clone` is one's own. None of them looks at its pointer, so there is no invariant to keep.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

use yibu::queue::{Queue, Shutdown, local};

type Hook = (When, Box<dyn Fn()>);

thread_local! {
    /// What the hooked wakers do next, once, and on which occasion.
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    Cloned,
    Woken,
    Dropped,
}

fn happens(now: When) {
    let hook = HOOK.with_borrow_mut(|hook| hook.take_if(|(when, _)| *when == now));
    if let Some((_, f)) = hook {
        f();
    }
}

fn hook(when: When, f: impl Fn() + 'static) {
    HOOK.set(Some((when, Box::new(f))));
}

static HOOKED: RawWakerVTable = RawWakerVTable::new(
    |_| {
        happens(When::Cloned);
        RawWaker::new(ptr::null(), &HOOKED)
    },
    |_| happens(When::Woken),
    |_| happens(When::Woken),
    |_| happens(When::Dropped),
);

/// A waker that does what is hooked.
fn hooked() -> Waker {
    // SAFETY: the functions never look at the pointer, and may be called on any thread.
    unsafe { Waker::from_raw(RawWaker::new(ptr::null(), &HOOKED)) }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// The same of each kind of queue for one item; there is no trait that they have in common.
macro_rules! of_each {
    (|$queue:ident| $check:block) => {{
        of_each!(local::Queue::fifo(1), $queue, $check);
        of_each!(local::Queue::lifo(1), $queue, $check);
        of_each!(Queue::fifo(1), $queue, $check);
        of_each!(Queue::lifo(1), $queue, $check);
    }};
    ($make:expr, $queue:ident, $check:block) => {{
        let $queue = $make;
        $check
    }};
}

#[test]
fn the_newest_waker_is_woken() {
    struct Flag(AtomicBool);
    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, SeqCst);
        }
    }
    of_each!(|queue| {
        let mut get = queue.get();
        let [old, new] = [(); 2].map(|()| Arc::new(Flag(AtomicBool::new(false))));
        for flag in [&old, &new] {
            assert!(poll(&mut get, &Waker::from(Arc::clone(flag))).is_pending());
        }
        queue.try_put(1).unwrap();
        assert!(new.0.load(SeqCst) && !old.0.load(SeqCst));
    });
}

#[test]
fn a_clone_puts_what_the_get_would_wait_for() {
    of_each!(|queue| {
        let there = queue.clone();
        hook(When::Cloned, move || there.try_put(7).unwrap());
        assert_eq!(poll(&mut queue.get(), &hooked()), Poll::Ready(Ok(7)));
    });
}

#[test]
fn a_clone_gets_what_the_put_would_wait_for() {
    of_each!(|queue| {
        queue.try_put(1).unwrap();
        let there = queue.clone();
        hook(When::Cloned, move || assert_eq!(there.try_get(), Ok(1)));
        assert_eq!(poll(&mut queue.put(2), &hooked()), Poll::Ready(Ok(())));
        assert_eq!(queue.try_get(), Ok(2));
    });
}

#[test]
fn a_waker_uses_the_queue_when_it_is_replaced() {
    of_each!(|queue| {
        let mut get = queue.get();
        assert!(poll(&mut get, &hooked()).is_pending());
        let there = queue.clone();
        hook(When::Dropped, move || there.try_put(9).unwrap());
        assert!(poll(&mut get, Waker::noop()).is_pending());
        assert_eq!(poll(&mut get, Waker::noop()), Poll::Ready(Ok(9)));
    });
}

#[test]
fn a_waker_uses_the_queue_when_its_future_goes() {
    of_each!(|queue| {
        let mut get = queue.get();
        assert!(poll(&mut get, &hooked()).is_pending());
        let there = queue.clone();
        hook(When::Dropped, move || there.try_put(9).unwrap());
        drop(get);
        assert_eq!(queue.try_get(), Ok(9));
    });
}

#[test]
fn a_put_that_is_dropped_leaves_the_line() {
    of_each!(|queue| {
        queue.try_put(1).unwrap();
        let mut put = queue.put(2);
        assert!(poll(&mut put, Waker::noop()).is_pending());
        drop(put);
        assert_eq!(queue.stats().waiting_putters, 0);
        assert_eq!(queue.try_get(), Ok(1));
        assert!(queue.is_empty());
    });
}

#[test]
fn a_put_keeps_its_item_when_a_clone_panics() {
    of_each!(|queue| {
        queue.try_put(1).unwrap();
        let mut put = queue.put(2);
        hook(When::Cloned, || panic!("planted"));
        assert!(panics(|| poll(&mut put, &hooked())));
        assert_eq!(queue.stats().waiting_putters, 0);
        assert!(poll(&mut put, Waker::noop()).is_pending(), "it goes on");
        assert_eq!(put.cancel(), Some(2));
    });
}

#[test]
fn a_put_keeps_its_place_when_a_clone_panics() {
    of_each!(|queue| {
        queue.try_put(1).unwrap();
        let mut put = queue.put(2);
        assert!(poll(&mut put, Waker::noop()).is_pending());
        hook(When::Cloned, || panic!("planted"));
        assert!(panics(|| poll(&mut put, &hooked())));
        assert_eq!(queue.stats().waiting_putters, 1);
        assert_eq!(put.cancel(), Some(2));
        assert_eq!(queue.stats().waiting_putters, 0);
    });
}

#[test]
fn a_put_keeps_its_place_when_the_replaced_waker_panics() {
    of_each!(|queue| {
        queue.try_put(1).unwrap();
        let mut put = queue.put(2);
        assert!(poll(&mut put, &hooked()).is_pending());
        hook(When::Dropped, || panic!("planted"));
        assert!(panics(|| poll(&mut put, Waker::noop())));
        assert_eq!(put.cancel(), Some(2));
        assert_eq!(queue.stats().waiting_putters, 0);
    });
}

/// The clone ends the queue, so that the put is refused; then the clone is of no use, and panics as it goes.
#[test]
fn a_put_that_is_refused_keeps_its_item_when_a_waker_panics() {
    of_each!(|queue| {
        queue.try_put(1).unwrap();
        let mut put = queue.put(2);
        let there = queue.clone();
        hook(When::Cloned, move || {
            there.shutdown(Shutdown::Drain);
            hook(When::Dropped, || panic!("planted"));
        });
        let waker = hooked();
        assert!(panics(|| poll(&mut put, &waker)));
        assert_eq!(put.cancel(), Some(2));
    });
}

#[test]
fn a_put_is_over_when_the_waker_that_it_calls_panics() {
    of_each!(|queue| {
        let mut get = queue.get();
        assert!(poll(&mut get, &hooked()).is_pending());
        hook(When::Woken, || panic!("planted"));
        let mut put = queue.put(2);
        assert!(panics(|| poll(&mut put, Waker::noop())));
        assert_eq!(put.cancel(), None, "it was given to the get");
        assert_eq!(poll(&mut get, Waker::noop()), Poll::Ready(Ok(2)));
    });
}
