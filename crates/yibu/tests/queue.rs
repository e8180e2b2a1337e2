//! What the queues promise, flavour by flavour: order, capacity, waiting, shutting down, joining, halves, streams.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::cmp::Ordering;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures_core::Stream;
use yibu::queue::{
    self, GetError, GetTimeoutError, JoinTimeoutError, PutError, PutTimeoutError, Queue, Shutdown,
    TaskDoneError, TryGetError, TryPutError, local,
};

/// Waits until it is so, without sleeping. Fails after long.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it never came to be so"
        );
        thread::yield_now();
    }
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The flavours that keep something, by name.
fn keeping(capacity: usize) -> [(&'static str, Queue<u32>); 3] {
    [
        ("fifo", Queue::fifo(capacity)),
        ("lifo", Queue::lifo(capacity)),
        ("priority", Queue::priority(capacity)),
    ]
}

fn all(capacity: usize) -> Vec<(&'static str, Queue<u32>)> {
    let mut all = Vec::from(keeping(capacity));
    all.push(("unbounded", Queue::unbounded()));
    all.push(("rendezvous", Queue::rendezvous()));
    all
}

#[test]
fn who_may_go_to_another_thread() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    fn unpin<T: Unpin>() {}
    // An item that is `Send` alone.
    type Item = Cell<u8>;
    send::<Queue<Item>>();
    sync::<Queue<Item>>();
    send::<queue::Put<'_, Item>>();
    send::<queue::Get<'_, Item>>();
    send::<queue::GetMany<'_, Item>>();
    send::<queue::Join<'_, Item>>();
    send::<queue::Items<Item>>();
    send::<queue::Sender<Item>>();
    sync::<queue::Receiver<Item>>();
    unpin::<queue::Put<'_, std::marker::PhantomPinned>>();
    unpin::<queue::Get<'_, std::marker::PhantomPinned>>();
}

#[test]
fn each_has_its_order() {
    let orders = [[3, 1, 2], [2, 1, 3], [1, 2, 3]];
    for ((name, queue), order) in keeping(3).into_iter().zip(orders) {
        for item in [3, 1, 2] {
            queue.put_blocking(item).unwrap();
        }
        assert!(queue.is_full() && !queue.is_empty(), "{name}");
        assert_eq!(queue.try_put(4), Err(TryPutError::Full(4)), "{name}");
        let got = [(); 3].map(|()| queue.get_blocking().unwrap());
        assert_eq!(got, order, "{name}");
        assert_eq!(queue.try_get(), Err(TryGetError::Empty), "{name}");
    }
}

#[test]
fn a_capacity_holds_exactly() {
    for capacity in [1, 2, 3, 15, 16, 17, 64, 100, 1000, 1024] {
        for (name, queue) in keeping(capacity) {
            // More than once round, and not from the ring's start.
            for round in 0..3 {
                for item in 0..capacity {
                    assert_eq!(
                        queue.try_put(item as u32),
                        Ok(()),
                        "{name} {capacity} {round}"
                    );
                }
                assert_eq!(
                    queue.try_put(0),
                    Err(TryPutError::Full(0)),
                    "{name} {capacity}"
                );
                assert_eq!(
                    (queue.len(), queue.stats().peak),
                    (capacity, capacity),
                    "{name}"
                );
                for _ in 0..capacity {
                    queue.try_get().unwrap();
                }
                assert_eq!(queue.stats().peak, capacity, "{name}: it is remembered");
                if round < 1 {
                    queue.try_put(7).unwrap();
                    assert_eq!(queue.try_get(), Ok(7));
                }
            }
        }
    }
}

#[test]
fn a_capacity_of_zero_names_what_was_meant() {
    for make in [
        Queue::<u32>::fifo,
        Queue::<u32>::lifo,
        Queue::<u32>::priority,
    ] {
        let panic = catch_unwind(|| make(0)).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert!(
            message.contains("rendezvous()") && message.contains("unbounded()"),
            "{message}"
        );
    }
}

#[test]
fn an_enormous_capacity_costs_nothing() {
    let queue = Queue::fifo(usize::MAX);
    for item in 0..100_000 {
        queue.try_put(item).unwrap();
    }
    assert!((0..100_000).all(|item| queue.try_get() == Ok(item)));
}

#[test]
fn a_blocked_get_is_served_in_order_of_arrival() {
    for (name, queue) in all(1) {
        let threads: Vec<_> = (0..3)
            .map(|n| {
                let mine = queue.clone();
                let thread = thread::spawn(move || mine.get_blocking().unwrap());
                until(|| queue.stats().waiting_getters == n + 1);
                thread
            })
            .collect();
        assert_eq!(queue.try_get(), Err(TryGetError::Empty), "{name}");
        for item in 0..3 {
            queue.put_blocking(item).unwrap();
        }
        let got: Vec<u32> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(got, [0, 1, 2], "{name}");
    }
}

#[test]
fn a_blocked_put_is_admitted_in_order_of_arrival() {
    for (name, queue) in all(1) {
        if name == "unbounded" {
            continue;
        }
        let mut expected = Vec::new();
        if name != "rendezvous" {
            queue.try_put(0).unwrap();
            expected.push(0);
        }
        let threads: Vec<_> = (1..=3)
            .map(|item| {
                let mine = queue.clone();
                let thread = thread::spawn(move || mine.put_blocking(item).unwrap());
                until(|| queue.stats().waiting_putters == item as usize);
                thread
            })
            .collect();
        assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)), "{name}");
        expected.extend([1, 2, 3]);
        let got: Vec<u32> = expected
            .iter()
            .map(|_| queue.get_blocking().unwrap())
            .collect();
        assert_eq!(got, expected, "{name}");
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn time_limits_give_the_item_back() {
    let limit = Duration::from_millis(3);
    for (name, queue) in all(1) {
        let began = Instant::now();
        assert_eq!(
            queue.get_timeout(limit),
            Err(GetTimeoutError::TimedOut),
            "{name}"
        );
        assert!(began.elapsed() >= limit, "{name}");
        if name != "unbounded" {
            let _ = queue.try_put(1);
            assert_eq!(
                queue.put_timeout(2, limit),
                Err(PutTimeoutError::TimedOut(2)),
                "{name}"
            );
        }
        let stats = queue.stats();
        assert_eq!(
            (stats.waiting_getters, stats.waiting_putters),
            (0, 0),
            "{name}"
        );
        // A limit beyond the clock is none.
        queue.shutdown(Shutdown::Immediate);
        assert_eq!(
            queue.get_timeout(Duration::MAX),
            Err(GetTimeoutError::Shutdown),
            "{name}"
        );
        assert_eq!(
            queue.put_timeout(3, Duration::MAX),
            Err(PutTimeoutError::Shutdown(3))
        );
    }
}

/// Python 3.13's documentation of `Queue.shutdown`, sentence by sentence.
#[test]
fn shutting_down_as_python_says() {
    for (name, queue) in keeping(2) {
        // "The queue can no longer grow. Future calls to put() raise ShutDown."
        queue.put_blocking(1).unwrap();
        queue.put_blocking(2).unwrap();
        let blocked = thread::spawn({
            let queue = queue.clone();
            move || queue.put_blocking(3)
        });
        until(|| queue.stats().waiting_putters == 1);
        queue.shutdown(Shutdown::Drain);
        assert_eq!(queue.put_blocking(4), Err(PutError::Shutdown(4)), "{name}");
        assert_eq!(queue.try_put(5), Err(TryPutError::Shutdown(5)), "{name}");
        // "Currently blocked callers of put() will be unblocked and will raise ShutDown in the formerly blocked thread."
        assert_eq!(
            blocked.join().unwrap(),
            Err(PutError::Shutdown(3)),
            "{name}"
        );
        // "If immediate is false (the default), the queue can be wound down normally with get() calls to extract tasks that have already been loaded."
        assert!(
            queue.get_blocking().is_ok() && queue.try_get().is_ok(),
            "{name}"
        );
        // "And if task_done() is called for each remaining task, a pending join() will be unblocked normally."
        let joins = thread::spawn({
            let queue = queue.clone();
            move || queue.join_blocking()
        });
        until(|| queue.stats().waiting_joiners == 1);
        queue.task_done().unwrap();
        assert_eq!(
            queue.join_timeout(Duration::ZERO),
            Err(JoinTimeoutError::TimedOut)
        );
        queue.task_done().unwrap();
        joins.join().unwrap();
        // "Once the queue is empty, future calls to get() will raise ShutDown."
        assert_eq!(queue.get_blocking(), Err(GetError::Shutdown), "{name}");
        assert_eq!(queue.try_get(), Err(TryGetError::Shutdown), "{name}");
    }
    for (name, queue) in keeping(5) {
        // "If immediate is true, the queue is terminated immediately. The queue is drained to be completely empty and the count of unfinished tasks is reduced by the number of tasks drained."
        for item in 0..5 {
            queue.put_blocking(item).unwrap();
        }
        queue.get_blocking().unwrap();
        let joins = thread::spawn({
            let queue = queue.clone();
            move || queue.join_blocking()
        });
        until(|| queue.stats().waiting_joiners == 1);
        queue.shutdown(Shutdown::Immediate);
        assert_eq!((queue.len(), queue.stats().unfinished), (0, 1), "{name}");
        // "If unfinished tasks is zero, callers of join() are unblocked."
        assert_eq!(queue.stats().waiting_joiners, 1, "{name}");
        queue.task_done().unwrap();
        joins.join().unwrap();
        assert_eq!(queue.task_done(), Err(TaskDoneError), "{name}");
    }
    for how in [Shutdown::Drain, Shutdown::Immediate] {
        for (name, queue) in all(1) {
            // "Also, blocked callers of get() are unblocked and will raise ShutDown because the queue is empty."
            let blocked = thread::spawn({
                let queue = queue.clone();
                move || queue.get_blocking()
            });
            until(|| queue.stats().waiting_getters == 1);
            assert!(!queue.is_shutdown());
            queue.shutdown(how);
            assert_eq!(blocked.join().unwrap(), Err(GetError::Shutdown), "{name}");
            assert!(queue.is_shutdown());
        }
    }
}

#[test]
fn shutting_down_again() {
    for (name, queue) in keeping(2) {
        queue.try_put(1).unwrap();
        queue.shutdown(Shutdown::Drain);
        queue.shutdown(Shutdown::Drain);
        assert_eq!(queue.len(), 1, "{name}");
        queue.shutdown(Shutdown::Immediate);
        queue.shutdown(Shutdown::Drain);
        assert_eq!(queue.try_get(), Err(TryGetError::Shutdown), "{name}");
        queue.join_blocking();
    }
}

#[test]
fn many_at_once() {
    for (name, queue) in all(100) {
        let mut items = Vec::new();
        assert_eq!(
            queue.try_get_many(&mut items, 9),
            Err(TryGetError::Empty),
            "{name}"
        );
        assert_eq!(queue.get_many_blocking(&mut items, 0), Ok(0), "{name}");
        let putter = thread::spawn({
            let queue = queue.clone();
            move || (0..1000).for_each(|item| queue.put_blocking(item).unwrap())
        });
        while items.len() < 1000 {
            let before = items.len();
            let count = queue.get_many_blocking(&mut items, 64).unwrap();
            assert!(
                (1..=64).contains(&count) && items.len() == before + count,
                "{name}"
            );
        }
        putter.join().unwrap();
        if name != "lifo" {
            assert!(items.is_sorted(), "{name}");
        }
        items.sort();
        assert!(items.iter().copied().eq(0..1000), "{name}");
        assert_eq!(queue.stats().gets, 1000, "{name}");
    }
}

/// The first is waited for, the rest is taken along; what room that makes goes to the puts that wait.
#[test]
fn many_at_once_admit_who_waits() {
    for (name, queue) in keeping(2) {
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        let mut puts = [queue.put(3), queue.put(4), queue.put(5)];
        assert!(
            puts.iter_mut().all(|put| poll_once(put).is_pending()),
            "{name}"
        );
        let mut items = Vec::new();
        let count = queue.try_get_many(&mut items, 3).unwrap();
        assert_eq!((count, items.len(), queue.len()), (3, 3, 2), "{name}");
        assert!(
            puts.iter_mut().all(|put| poll_once(put).is_ready()),
            "{name}"
        );
    }
}

#[test]
fn a_dropped_get_gives_back_to_the_front() {
    for (name, queue) in all(2) {
        if name == "rendezvous" {
            continue;
        }
        let mut get = queue.get();
        assert!(poll_once(&mut get).is_pending());
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        assert_eq!(queue.len(), 1, "{name}: the get has the other");
        drop(get);
        assert_eq!((queue.len(), queue.stats().gets), (2, 0), "{name}");
        // "lifo" too: it was last when it was got.
        assert_eq!([queue.try_get(), queue.try_get()], [Ok(1), Ok(2)], "{name}");
    }
}

/// Whichever is dropped first.
#[test]
fn dropped_gets_give_back_in_order() {
    /// All equal.
    #[derive(Debug)]
    struct Equal(u32);
    impl PartialEq for Equal {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Equal {}
    impl PartialOrd for Equal {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Equal {
        fn cmp(&self, _: &Self) -> Ordering {
            Ordering::Equal
        }
    }
    macro_rules! check {
        ($name:literal, $queue:expr, $drops:expr) => {
            let queue = $queue;
            let mut gets = [(); 3].map(|()| Some(queue.get()));
            for get in gets.iter_mut().flatten() {
                assert!(poll_once(get).is_pending());
            }
            for item in 1..=5 {
                queue.try_put(Equal(item)).unwrap();
            }
            for n in $drops {
                gets[n] = None;
            }
            let got = [(); 5].map(|()| queue.try_get().unwrap().0);
            assert_eq!(got, [1, 2, 3, 4, 5], "{} {:?}", $name, $drops);
            assert_eq!(queue.stats().gets, 5, "{}", $name);
        };
    }
    for drops in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        check!("fifo", Queue::fifo(2), drops);
        check!("unbounded", Queue::unbounded(), drops);
        check!("priority", Queue::priority(2), drops);
        check!("local fifo", local::Queue::fifo(2), drops);
        check!("local priority", local::Queue::priority(2), drops);
    }
}

/// Every way to get takes what was given back first.
#[test]
fn what_was_given_back_is_next() {
    type Take = fn(&Queue<u32>) -> u32;
    let ways: [(&str, Take); 5] = [
        ("try_get", |queue| queue.try_get().unwrap()),
        ("get_blocking", |queue| queue.get_blocking().unwrap()),
        ("get", |queue| match poll_once(&mut queue.get()) {
            Poll::Ready(got) => got.unwrap(),
            Poll::Pending => panic!("it is there"),
        }),
        ("try_get_many", |queue| {
            let mut items = Vec::new();
            assert_eq!(queue.try_get_many(&mut items, 1), Ok(1));
            items[0]
        }),
        ("get_many_blocking", |queue| {
            let mut items = Vec::new();
            assert_eq!(queue.get_many_blocking(&mut items, 1), Ok(1));
            items[0]
        }),
    ];
    for (way, take) in ways {
        for (name, queue) in all(2) {
            if name == "rendezvous" {
                continue;
            }
            let mut get = queue.get();
            assert!(poll_once(&mut get).is_pending());
            queue.try_put(1).unwrap();
            queue.try_put(2).unwrap();
            drop(get);
            assert_eq!([take(&queue), take(&queue)], [1, 2], "{name}, {way}");
        }
    }
}

#[test]
fn a_dropped_get_gives_to_the_next() {
    for (name, queue) in all(1) {
        let (mut first, mut second) = (queue.get(), queue.get());
        assert!(poll_once(&mut first).is_pending() && poll_once(&mut second).is_pending());
        queue.try_put(7).unwrap();
        drop(first);
        assert_eq!(poll_once(&mut second), Poll::Ready(Ok(7)), "{name}");
        assert_eq!(queue.stats().gets, 1, "{name}");
    }
}

#[test]
fn what_is_given_back_after_the_end_is_dropped() {
    for (name, queue) in all(1) {
        let mut get = queue.get();
        assert!(poll_once(&mut get).is_pending());
        queue.try_put(7).unwrap();
        queue.shutdown(Shutdown::Immediate);
        assert_eq!(queue.stats().unfinished, 1, "{name}");
        drop(get);
        assert_eq!((queue.len(), queue.stats().unfinished), (0, 0), "{name}");
    }
}

#[test]
fn a_put_can_be_cancelled() {
    for (name, queue) in keeping(1) {
        queue.try_put(1).unwrap();
        let mut put = queue.put(2);
        assert!(poll_once(&mut put).is_pending());
        assert_eq!(put.cancel(), Some(2), "{name}");
        let mut put = queue.put(3);
        assert!(poll_once(&mut put).is_pending());
        assert_eq!(queue.try_get(), Ok(1), "{name}");
        assert_eq!(put.cancel(), None, "{name}: it is in");
        assert_eq!(queue.put(4).cancel(), Some(4), "{name}: it had not begun");
        assert_eq!(queue.try_get(), Ok(3), "{name}");
    }
}

#[test]
fn halves() {
    for (name, queue) in keeping(4) {
        let beside = queue.clone();
        let (sender, receiver) = queue.split();
        let (sender2, receiver2) = (sender.clone(), receiver.clone());
        sender.put_blocking(1).unwrap();
        drop(sender);
        sender2.try_put(2).unwrap();
        assert!(!beside.is_shutdown(), "{name}");
        drop(sender2);
        assert!(beside.is_shutdown(), "{name}");
        assert_eq!(receiver.iter().count(), 2, "{name}");
        assert_eq!(receiver2.get_blocking(), Err(GetError::Shutdown), "{name}");
    }
    for (name, queue) in keeping(4) {
        let beside = queue.clone();
        let (sender, receiver) = queue.split();
        sender.put_blocking(1).unwrap();
        drop(receiver);
        assert_eq!(sender.put_blocking(2), Err(PutError::Shutdown(2)), "{name}");
        assert_eq!(beside.try_get(), Err(TryGetError::Shutdown), "{name}");
        sender.join_blocking();
    }
}

/// A queue whose items hold a handle of it, as requests with a place for the answer do.
struct Reply(Option<queue::Sender<Reply>>, Arc<Mutex<u32>>);

impl Drop for Reply {
    fn drop(&mut self) {
        *self.1.lock().unwrap() += 1;
        // Runs while the queue is emptied.
        if let Some(sender) = &self.0 {
            sender.stats();
            let _ = sender.try_put(Reply(None, self.1.clone()));
        }
    }
}

#[test]
fn destructors_may_use_the_queue() {
    for make in [Queue::fifo, Queue::lifo] {
        let dropped = Arc::new(Mutex::new(0));
        let (sender, receiver) = make(4).split();
        for _ in 0..3 {
            sender
                .try_put(Reply(Some(sender.clone()), dropped.clone()))
                .unwrap();
        }
        drop(sender);
        drop(receiver);
        assert_eq!(
            *dropped.lock().unwrap(),
            6,
            "three, and those that they put in vain"
        );
    }
}

/// Ordered by its first, unless that is 13.
#[derive(Debug, PartialEq, Eq)]
struct Unlucky(u32);

impl Ord for Unlucky {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(self.0 != 13 && other.0 != 13, "unlucky");
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Unlucky {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[test]
fn a_comparison_that_panics_breaks_nothing() {
    let queue = Queue::priority(3);
    queue.try_put(Unlucky(2)).unwrap();
    let put = || queue.try_put(Unlucky(13));
    assert!(catch_unwind(AssertUnwindSafe(put)).is_err());
    assert_eq!(queue.len(), 2, "the item is in");
    let mut got = Vec::new();
    while !queue.is_empty() {
        let get = || queue.try_get().unwrap();
        got.extend(catch_unwind(AssertUnwindSafe(get)).ok().map(|item| item.0));
    }
    got.sort();
    assert_eq!(got, [2, 13]);
    queue.try_put(Unlucky(1)).unwrap();
    assert_eq!(queue.try_get(), Ok(Unlucky(1)));
    let stats = queue.stats();
    assert_eq!((stats.puts, stats.gets), (3, 3));
}

#[test]
fn errors_say_what_happened() {
    assert_eq!(TryPutError::Full(1).to_string(), "the queue is full");
    assert_eq!(PutError::Shutdown(1).to_string(), "the queue is shut down");
    assert_eq!(
        GetError::Shutdown.to_string(),
        "the queue is shut down and empty"
    );
    assert_eq!(PutTimeoutError::TimedOut(3).into_inner(), 3);
    assert_eq!(
        format!("{:?}", PutError::Shutdown(Waker::noop())),
        "Shutdown(..)"
    );
    fn error<E: std::error::Error + Send + Sync + 'static>(_: E) {}
    error(TryPutError::Full(()));
    error(GetError::Killed);
    error(TaskDoneError);
}

#[test]
fn blocking_a_loop_is_refused() {
    yibu::run(async {
        let queue = Queue::<u32>::fifo(1);
        let blocks = || queue.get_blocking();
        let panic = catch_unwind(AssertUnwindSafe(blocks)).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("get().await"), "{message}");
        assert_eq!(queue.stats().waiting_getters, 0);
        // What needs no waiting is fine.
        queue.put_blocking(1).unwrap();
        assert_eq!(queue.get_blocking(), Ok(1));
    });
}

#[test]
fn threads_and_tasks_share_a_queue() {
    for (name, queue) in all(3) {
        let there = queue.clone();
        let thread = thread::spawn(move || {
            (0..500).for_each(|item| there.put_blocking(item).unwrap());
        });
        let sum = yibu::run(async {
            let also = queue.clone();
            let puts = yibu::spawn(async move {
                for item in 500..1000 {
                    also.put(item).await.unwrap();
                }
            });
            let mut sum = 0;
            for _ in 0..1000 {
                sum += queue.get().await.unwrap();
            }
            puts.await.unwrap();
            sum
        });
        assert_eq!(sum, 999 * 500, "{name}");
        thread.join().unwrap();
    }
}

#[test]
fn streams_end_at_shutdown() {
    for (name, queue) in all(2) {
        yibu::run(async {
            let mut items = queue.stream();
            let puts = yibu::spawn(async move {
                for item in [1, 2, 3] {
                    queue.put(item).await.unwrap();
                }
                queue.shutdown(Shutdown::Drain);
            });
            let mut got = Vec::new();
            while let Some(item) = poll_fn(|cx| Pin::new(&mut items).poll_next(cx)).await {
                got.push(item);
            }
            assert_eq!(got.iter().sum::<u32>(), 6, "{name}");
            puts.await.unwrap();
        });
    }
}

#[test]
fn a_stream_that_is_dropped_gives_back() {
    for (name, queue) in all(1) {
        let mut items = queue.stream();
        let next = Pin::new(&mut items).poll_next(&mut Context::from_waker(Waker::noop()));
        assert!(next.is_pending(), "{name}");
        queue.try_put(5).unwrap();
        drop(items);
        assert_eq!(queue.try_get(), Ok(5), "{name}");
    }
}

/// A waker that uses the queue again when it is called: no borrow or lock may be held then.
#[test]
fn wakers_may_use_the_queue() {
    struct Uses(Queue<u32>);
    impl std::task::Wake for Uses {
        fn wake(self: Arc<Self>) {
            self.0.stats();
            let _ = self.0.try_get();
        }
    }
    for (name, queue) in all(1) {
        let waker = Waker::from(Arc::new(Uses(queue.clone())));
        let mut get = pin!(queue.get());
        assert!(
            get.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        queue.try_put(3).unwrap();
        let got = get.as_mut().poll(&mut Context::from_waker(&waker));
        assert_eq!(got, Poll::Ready(Ok(3)), "{name}");
    }
}
