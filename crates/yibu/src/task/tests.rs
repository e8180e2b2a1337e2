//! The tasks driven by a loop of a few lines, without a driver.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::IoFirst;
use super::{
    JoinError, JoinHandle, LocalWaker, TaskPanic, TaskState, is_own, set_panic_hook, spawn,
    yield_now,
};
use crate::rt::test_loop::{run, turn_until};
use crate::rt::{Clock, Context};

/// Where a task finds its own handle.
type Slot<T> = Rc<RefCell<Option<JoinHandle<T>>>>;

/// Gives the waker of the task that awaits it.
async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// Waits until `done` holds, woken by whoever has the waker that `leave` was given.
async fn wait(leave: impl Fn(&Waker), done: impl Fn() -> bool) {
    poll_fn(|cx| {
        if done() {
            return Poll::Ready(());
        }
        leave(cx.waker());
        Poll::Pending
    })
    .await
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Unjoined panics of the tests, by message: the hook is one for the whole process.
static LOST: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn collect_lost() {
    set_panic_hook(|panic| {
        LOST.lock()
            .unwrap()
            .push(panic.message().unwrap_or("?").to_owned())
    });
}

fn lost(message: &str) -> usize {
    LOST.lock()
        .unwrap()
        .iter()
        .filter(|lost| *lost == message)
        .count()
}

#[test]
fn spawn_and_join() {
    let sum = run(async {
        let tasks: Vec<_> = (0..100).map(|n| spawn(async move { n })).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 4950);
}

#[test]
fn tasks_run_in_the_order_of_their_wakes() {
    let order = run(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..3)
            .map(|n| {
                let order = order.clone();
                spawn(async move {
                    for round in 0..2 {
                        order.borrow_mut().push((round, n));
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        order.take()
    });
    assert_eq!(order, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
}

#[test]
fn a_limit_is_kept() {
    let context = Context::new(Clock::System, 1);
    let _guard = context.enter();
    let _tasks: Vec<_> = (0..10)
        .map(|_| spawn(async { yield_now().await }))
        .collect();
    assert_eq!(context.tasks.run_ready(7, || false, || IoFirst::No), 7);
    assert_eq!(context.tasks.live(), 10);
    assert_eq!(
        context
            .tasks
            .run_ready(usize::MAX, || false, || IoFirst::No),
        13
    );
    assert_eq!(
        (context.tasks.live(), context.tasks.has_ready()),
        (0, false)
    );
}

#[test]
fn a_wake_during_the_poll_is_not_lost_and_a_late_one_harmless() {
    run(async {
        let polls = Rc::new(Cell::new(0));
        let seen = polls.clone();
        let task = spawn(poll_fn(move |cx| {
            seen.set(seen.get() + 1);
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
            if seen.get() == 3 {
                Poll::Ready(cx.waker().clone())
            } else {
                Poll::Pending
            }
        }));
        let waker = task.await.unwrap();
        waker.wake_by_ref();
        waker.wake();
        yield_now().await;
        assert_eq!(polls.get(), 3);
    });
}

#[test]
fn other_threads_wake_a_sleeping_loop() {
    for _ in 0..100 {
        let flag = Arc::new(AtomicUsize::new(0));
        let seen = flag.clone();
        run(async move {
            let leave = |waker: &Waker| {
                let (flag, waker) = (flag.clone(), waker.clone());
                thread::spawn(move || {
                    flag.store(1, Ordering::Release);
                    waker.wake();
                });
            };
            wait(leave, || seen.load(Ordering::Acquire) == 1).await;
        });
    }
}

#[test]
fn many_threads_wake_many_tasks() {
    const TASKS: usize = 20;
    const ROUNDS: usize = 300;
    run(async {
        let slot = || Mutex::new((0, None::<Waker>));
        let slots: Arc<Vec<_>> = Arc::new((0..TASKS).map(|_| slot()).collect());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let slots = slots.clone();
                thread::spawn(move || {
                    for n in 0..ROUNDS * TASKS {
                        let mut slot = slots[n % TASKS].lock().unwrap();
                        slot.0 += 1;
                        let waker = slot.1.clone();
                        drop(slot);
                        if let Some(waker) = waker {
                            waker.wake();
                        }
                    }
                })
            })
            .collect();
        let tasks: Vec<_> = (0..TASKS)
            .map(|n| {
                let slots = slots.clone();
                spawn(poll_fn(move |cx| {
                    let mut slot = slots[n].lock().unwrap();
                    slot.1 = Some(cx.waker().clone());
                    if slot.0 == 4 * ROUNDS {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_waker_outlives_its_loop_and_the_next_loop_takes_no_harm() {
    let waker = run(own_waker());
    assert!(is_own(&waker));
    waker.wake_by_ref();
    let polls = run(async move {
        let polls = Rc::new(Cell::new(0));
        let seen = polls.clone();
        let task = spawn(poll_fn(move |_| {
            seen.set(seen.get() + 1);
            if seen.get() == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        yield_now().await;
        // From another thread the stale waker reaches the inbox that both loops had in turn, perhaps.
        let stale = waker.clone();
        thread::spawn(move || stale.wake()).join().unwrap();
        waker.wake_by_ref();
        drop(waker);
        for _ in 0..3 {
            yield_now().await;
        }
        let before = polls.get();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        before
    });
    assert_eq!(polls, 1);
}

#[test]
fn the_last_reference_dies_on_another_thread_and_drops_nothing_there() {
    struct HomeOnly(thread::ThreadId, Rc<Cell<usize>>);
    impl Drop for HomeOnly {
        fn drop(&mut self) {
            assert_eq!(self.0, thread::current().id());
            self.1.set(self.1.get() + 1);
        }
    }
    let dropped = Rc::new(Cell::new(0));
    let home = || HomeOnly(thread::current().id(), dropped.clone());
    let (in_future, as_output) = (home(), home());
    let waker = run(async move {
        let detached = spawn(async move {
            let _held = in_future;
            yield_now().await;
            as_output
        });
        drop(detached);
        let waker = spawn(own_waker()).await.unwrap();
        yield_now().await;
        yield_now().await;
        waker
    });
    thread::spawn(move || drop(waker)).join().unwrap();
    assert_eq!(dropped.get(), 2);
}

#[test]
fn abort_drops_the_future_in_the_loop() {
    run(async {
        let dropped = Rc::new(Cell::new(false));
        let flag = dropped.clone();
        let task = spawn(async move {
            let _guard = OnDrop(|| flag.set(true));
            pending::<()>().await
        });
        yield_now().await;
        task.abort();
        task.abort();
        assert!(
            !dropped.get() && !task.is_finished(),
            "the caller must not run its destructors"
        );
        assert!(matches!(task.await, Err(JoinError::Cancelled)));
        assert!(dropped.get());
    });
}

#[test]
fn abort_before_the_first_poll_and_after_the_last() {
    run(async {
        let never = spawn(async { unreachable!("aborted before its first poll") });
        never.abort();
        assert!(never.await.unwrap_err().is_cancelled());
        let done = spawn(async { 7 });
        yield_now().await;
        done.abort();
        assert_eq!(done.await.unwrap(), 7);
    });
}

#[test]
fn a_task_aborts_itself() {
    run(async {
        let slot: Slot<u8> = Rc::default();
        let own = slot.clone();
        *slot.borrow_mut() = Some(spawn(async move {
            own.borrow().as_ref().unwrap().abort();
            pending().await
        }));
        yield_now().await;
        yield_now().await;
        let handle = slot.take().unwrap();
        assert!(handle.is_finished());
        assert!(handle.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_that_aborts_itself_and_finishes_has_finished() {
    run(async {
        let slot: Slot<u8> = Rc::default();
        let own = slot.clone();
        *slot.borrow_mut() = Some(spawn(async move {
            own.borrow().as_ref().unwrap().abort();
            9
        }));
        yield_now().await;
        let handle = slot.take().unwrap();
        assert_eq!(handle.await.unwrap(), 9);
    });
}

#[test]
fn a_task_drops_its_own_handle() {
    let dropped = Rc::new(Cell::new(0));
    let count = || {
        let dropped = dropped.clone();
        OnDrop(move || dropped.set(dropped.get() + 1))
    };
    let (in_poll, in_drop) = (count(), count());
    run(async move {
        // While it is polled.
        let slot: Slot<_> = Rc::default();
        let own = slot.clone();
        *slot.borrow_mut() = Some(spawn(async move {
            drop(own.take());
            in_poll
        }));
        yield_now().await;
        // While its future is dropped at its end.
        struct Last<F>(F);
        impl<T, F: Future<Output = T> + Unpin> Future for Last<F> {
            type Output = T;
            fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<T> {
                Pin::new(&mut self.0).poll(cx)
            }
        }
        let slot: Slot<_> = Rc::default();
        let own = slot.clone();
        let guard = OnDrop(move || drop(own.take()));
        let mut output = Some(in_drop);
        *slot.borrow_mut() = Some(spawn(Last(poll_fn(move |_| {
            let _held = &guard;
            Poll::Ready(output.take().unwrap())
        }))));
        yield_now().await;
    });
    assert_eq!(dropped.get(), 2);
}

#[test]
fn a_handle_within_its_own_output_is_a_cycle_until_it_is_taken_out() {
    run(async {
        let slot: Slot<Box<dyn std::any::Any>> = Rc::default();
        let own = slot.clone();
        let kept = own.clone();
        *slot.borrow_mut() = Some(spawn(async move {
            let holder: Box<dyn std::any::Any> = Box::new(own);
            holder
        }));
        yield_now().await;
        let handle = kept.take().unwrap();
        assert!(handle.await.unwrap().is::<Slot<Box<dyn std::any::Any>>>());
    });
}

#[test]
fn a_panic_reaches_the_joiner() {
    run(async {
        let number = std::hint::black_box(5);
        let line = line!() + 1;
        let task = spawn(async move { panic!("number {number}") });
        let error: JoinError = task.await.map(|never: ()| never).unwrap_err();
        assert_eq!(error.message(), Some("number 5"));
        let JoinError::Panicked(panic) = error else {
            unreachable!()
        };
        assert!(
            panic.task().contains("a_panic_reaches_the_joiner"),
            "{panic}"
        );
        assert_eq!(
            (panic.location().line(), panic.location().file()),
            (line, file!())
        );
        assert_eq!(
            panic.into_payload().downcast_ref::<String>().unwrap(),
            "number 5"
        );
    });
}

#[test]
#[should_panic(expected = "on to the caller")]
fn a_joiner_goes_on_with_the_panic() {
    run(async {
        let task = spawn(async {
            if true {
                panic!("on to the caller")
            }
        });
        task.await.unwrap_or_else(|error| error.resume_unwind());
    });
}

#[test]
fn a_panic_that_nobody_joins_is_reported_once() {
    collect_lost();
    run(async {
        drop(spawn(async { panic!("detached") }));
        let unjoined = spawn(async { panic!("dropped unjoined") });
        let joined = spawn(async { panic!("joined") });
        yield_now().await;
        assert_eq!(lost("dropped unjoined"), 0);
        drop(unjoined);
        let _ = joined.await;
    });
    assert_eq!(
        (lost("detached"), lost("dropped unjoined"), lost("joined")),
        (1, 1, 0)
    );
}

#[test]
fn panics_in_destructors_stay_in_their_task() {
    struct Bomb(&'static str);
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !thread::panicking() {
                panic!("{}", self.0);
            }
        }
    }
    collect_lost();
    run(async {
        // Of the future, when aborted.
        let task = spawn(async {
            let _bomb = Bomb("future");
            pending::<()>().await
        });
        yield_now().await;
        task.abort();
        assert_eq!(task.await.unwrap_err().message(), Some("future"));
        // Of the future, after a panic in its poll; the payload's destructor panics as well.
        let bomb = Bomb("second");
        let task = spawn(poll_fn(move |_| -> Poll<()> {
            let _held = &bomb;
            std::panic::panic_any(Bomb("payload"))
        }));
        let error = task.await.unwrap_err();
        assert!(error.is_panicked() && error.message().is_none());
        let JoinError::Panicked(panic) = error else {
            unreachable!()
        };
        let bomb = panic.into_payload().downcast::<Bomb>();
        std::mem::forget(*bomb.unwrap());
        drop(spawn(async { std::panic::panic_any(Bomb("payload")) }));
        // Of the output of a detached task.
        drop(spawn(async { Bomb("detached output") }));
        yield_now().await;
        assert_eq!(spawn(async { 1 }).await.unwrap(), 1, "the loop goes on");
    });
    assert_eq!(lost("detached output"), 1);
    assert_eq!(lost("future"), 0);
}

#[test]
fn a_hook_may_panic() {
    fn bad(_: &TaskPanic) {
        panic!("hook");
    }
    // The hook is the process's: run this in a process of its own, as the whole suite's other half.
    if std::env::var_os("YIBU_TEST_BAD_HOOK").is_none() {
        let name = "task::tests::a_hook_may_panic";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env("YIBU_TEST_BAD_HOOK", "1")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && printed.contains("1 passed"),
            "{printed}"
        );
        return;
    }
    set_panic_hook(bad);
    assert_eq!(
        run(async {
            drop(spawn(async { panic!("lost") }));
            yield_now().await;
            3
        }),
        3
    );
}

#[test]
fn close_drops_every_future_also_those_spawned_meanwhile() {
    let dropped = Rc::new(Cell::new(0));
    let count = dropped.clone();
    run(async move {
        for _ in 0..3 {
            let (outer, inner) = (count.clone(), count.clone());
            drop(spawn(async move {
                let _guard = OnDrop(move || {
                    outer.set(outer.get() + 1);
                    let inner = inner.clone();
                    drop(spawn(async move {
                        let _guard = OnDrop(|| inner.set(inner.get() + 10));
                        pending::<()>().await
                    }));
                });
                pending::<()>().await
            }));
        }
        yield_now().await;
    });
    // Dropped before their first poll, the inner ones never made their guards.
    assert_eq!(dropped.get(), 3);
}

#[test]
fn destructors_at_the_loops_end_wake_each_other() {
    run(async {
        let wakers: Rc<RefCell<Vec<Waker>>> = Rc::default();
        for _ in 0..4 {
            let wakers = wakers.clone();
            drop(spawn(async move {
                let waker = own_waker().await;
                wakers.borrow_mut().push(waker);
                let _guard = OnDrop(move || {
                    for waker in wakers.borrow().iter() {
                        waker.wake_by_ref();
                    }
                });
                pending::<()>().await
            }));
        }
        yield_now().await;
    });
}

#[test]
fn a_handle_that_outlives_its_loop() {
    let dropped = Rc::new(Cell::new(false));
    let flag = dropped.clone();
    let (mut waits, finished) = run(async move {
        let waits = spawn(pending::<()>());
        let finished = spawn(async move { OnDrop(move || flag.set(true)) });
        yield_now().await;
        (waits, finished)
    });
    waits.abort();
    let mut cx = std::task::Context::from_waker(Waker::noop());
    assert!(matches!(
        pin!(&mut waits).poll(&mut cx),
        Poll::Ready(Err(JoinError::Cancelled))
    ));
    assert!(!dropped.get());
    drop(finished);
    assert!(dropped.get());
}

#[test]
fn spawning_on_a_closed_loop_drops_the_future() {
    let context = Context::new(Clock::System, 1);
    let _guard = context.enter();
    context.tasks.close();
    let dropped = Rc::new(Cell::new(0));
    let (outer, inner) = (dropped.clone(), dropped.clone());
    struct Never<F: FnMut()>(OnDrop<F>);
    impl<F: FnMut()> Future for Never<F> {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<()> {
            unreachable!("the loop is closed")
        }
    }
    impl<F: FnMut()> Unpin for Never<F> {}
    let handle = spawn(Never(OnDrop(move || {
        outer.set(outer.get() + 1);
        let inner = inner.clone();
        drop(spawn(Never(OnDrop(move || inner.set(inner.get() + 1)))));
    })));
    assert!(handle.is_finished());
    assert_eq!((dropped.get(), context.tasks.live()), (2, 0));
    context.tasks.close();
}

#[test]
#[should_panic(expected = "polled again after it had given its output")]
fn polling_a_handle_again_panics() {
    run(async {
        let mut task = spawn(async {});
        (&mut task).await.unwrap();
        let _ = (&mut task).await;
    });
}

#[test]
fn foreign_joiners() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    struct Rude;
    impl Wake for Rude {
        fn wake(self: Arc<Self>) {
            panic!("a rude waker");
        }
    }
    run(async {
        let mut task = spawn(async { 1 });
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        assert_eq!(
            Arc::strong_count(&count),
            3,
            "the same waker is not cloned again"
        );
        yield_now().await;
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(Arc::strong_count(&count), 2);
        drop(task);

        let mut task = spawn(async { 1 });
        let waker = Waker::from(Arc::new(Rude));
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        yield_now().await;
        assert_eq!(task.await.unwrap(), 1);
    });
}

/// A handle polled by one task and then moved to another: the first may be gone when the joined task ends.
#[test]
fn the_first_joiner_may_be_gone() {
    run(async {
        let stop = Rc::new(Cell::new(None::<Waker>));
        let stopped = stop.clone();
        let target = spawn(poll_fn(move |cx| match stopped.take() {
            Some(_) => Poll::Ready(5),
            None => {
                stopped.set(Some(cx.waker().clone()));
                Poll::Pending
            }
        }));
        let slot = Rc::new(RefCell::new(Some(target)));
        let polled = slot.clone();
        let first = spawn(poll_fn(move |cx| {
            let mut slot = polled.borrow_mut();
            assert!(Pin::new(slot.as_mut().unwrap()).poll(cx).is_pending());
            Poll::Ready(())
        }));
        first.await.unwrap();
        let waker = stop.take().unwrap();
        stop.set(Some(waker.clone()));
        waker.wake();
        let target = slot.take().unwrap();
        assert_eq!(target.await.unwrap(), 5);
    });
}

#[test]
fn local_wakers_share_at_home_and_clone_elsewhere() {
    let kept = run(async {
        let waker = own_waker().await;
        let local = LocalWaker::new(&waker);
        assert!(local.is_own() && local.will_wake(&waker));
        assert!(!local.will_wake(Waker::noop()));
        local.wake_by_ref();
        LocalWaker::new(&waker)
    });
    let foreign = run(async { own_waker().await });
    assert!(!kept.will_wake(&foreign));
    // Neither is at home in this loop.
    run(async move {
        kept.wake();
        let counted = LocalWaker::new(&foreign);
        assert!(counted.is_own());
        drop(foreign);
        counted.wake();
    });
    assert!(!LocalWaker::new(Waker::noop()).is_own());
}

/// A waker of a finished task, alone: sharing it must revive the common unit of the count.
#[test]
fn a_share_of_a_finished_task() {
    run(async {
        let waker = spawn(own_waker()).await.unwrap();
        let local = LocalWaker::new(&waker);
        drop(waker);
        local.wake_by_ref();
        local.wake();
    });
}

#[test]
fn sizes_and_alignments() {
    #[repr(align(256))]
    struct Wide([u8; 300]);
    struct Zero;
    impl Future for Zero {
        type Output = Wide;
        fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Wide> {
            Poll::Ready(Wide([7; 300]))
        }
    }
    run(async {
        assert_eq!(size_of::<Zero>(), 0);
        let wide = spawn(Zero).await.unwrap();
        assert!(wide.0.iter().all(|byte| *byte == 7));
        let held = Wide([9; 300]);
        let place = spawn(async move {
            yield_now().await;
            let place = (&raw const held).addr();
            yield_now().await;
            assert_eq!(place, (&raw const held).addr());
            place
        });
        assert_eq!(place.await.unwrap() % 256, 0);
        spawn(async {}).await.unwrap();
    });
    if cfg!(target_pointer_width = "64") {
        assert_eq!(size_of::<super::header::Header>(), 80);
    }
}

#[test]
fn stats_name_each_task_and_what_it_does() {
    let context = Context::new(Clock::System, 1);
    let _guard = context.enter();
    let line = line!() + 1;
    let _waits = spawn(pending::<()>());
    context.tasks.run_ready(1, || false, || IoFirst::No);
    let _ready = spawn(async {});
    let mut stats = context.tasks.stats();
    stats.sort_by_key(|task| task.location.line());
    assert_eq!(
        (stats[0].state, stats[0].location.line()),
        (TaskState::Waiting, line)
    );
    assert_eq!(stats[1].state, TaskState::Ready);
    assert!(
        stats[0].type_name.contains("Pending"),
        "{}",
        stats[0].type_name
    );
    assert_eq!(stats.len(), context.tasks.live());
}

#[test]
fn a_loop_that_is_dropped_without_a_close_drops_its_futures() {
    let dropped = Rc::new(Cell::new(false));
    let flag = dropped.clone();
    let context = Context::new(Clock::System, 1);
    let guard = OnDrop(move || flag.set(true));
    drop(context.tasks.spawn(
        async move {
            let _guard = guard;
            pending::<()>().await
        },
        Location::caller(),
    ));
    drop(context);
    assert!(dropped.get());
}

/// Tasks that wake, abort, detach and join each other at random, with wakes from a second thread.
#[test]
fn a_storm() {
    let seed = std::env::var("YIBU_TEST_SEED")
        .ok()
        .map_or(7, |seed| seed.parse().unwrap());
    eprintln!("YIBU_TEST_SEED={seed}");
    let (sender, receiver) = std::sync::mpsc::channel::<Waker>();
    let waking = thread::spawn(move || receiver.into_iter().for_each(Waker::wake));
    let context = Context::new(Clock::System, seed);
    let guard = context.enter();
    let mut handles = Vec::new();
    let started = Instant::now();
    for _ in 0..20_000 {
        let below = |n: u64| context.random() % n;
        match below(6) {
            0 | 1 => {
                let (sender, mut left) = (sender.clone(), below(5));
                handles.push(spawn(poll_fn(move |cx| {
                    if left == 0 {
                        return Poll::Ready(vec![0u8; 40]);
                    }
                    left -= 1;
                    match left % 2 {
                        0 => sender.send(cx.waker().clone()).unwrap(),
                        _ => cx.waker().wake_by_ref(),
                    }
                    Poll::Pending
                })));
            }
            2 if !handles.is_empty() => handles[below(handles.len() as u64) as usize].abort(),
            3 if !handles.is_empty() => {
                drop(handles.swap_remove(below(handles.len() as u64) as usize))
            }
            4 => drop(
                context
                    .tasks
                    .run_ready(below(10) as usize, || false, || IoFirst::No),
            ),
            _ => drop(context.tasks.drain_inbox()),
        }
    }
    turn_until(&context, || handles.iter().all(JoinHandle::is_finished));
    assert!(started.elapsed() < Duration::from_secs(60));
    context.tasks.close();
    drop((guard, sender));
    waking.join().unwrap();
}
