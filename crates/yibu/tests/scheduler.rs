//! Coroutines of generators: who runs when, what each wait comes to, and what happens when nothing can go on.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io::{ErrorKind, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use yibu::generator::{Co, Scheduler, Sent, Wait, as_task};
use yibu::queue::{Queue, Shutdown};

type Log = Rc<RefCell<Vec<String>>>;

/// Three coroutines that take turns, spawn and join.
async fn family(mut co: Co<'_, Wait, Sent>, log: Log, depth: u32) -> u32 {
    log.borrow_mut().push(format!("{depth} begins"));
    let mut children = Vec::new();
    for _ in 0..depth {
        let log = Rc::clone(&log);
        children.push(
            co.spawn(async move |co| boxed(co, log, depth - 1).await)
                .await,
        );
    }
    co.turn().await;
    log.borrow_mut().push(format!("{depth} goes on"));
    let mut sum = 1;
    for child in children {
        sum += co.join(child).await;
    }
    log.borrow_mut().push(format!("{depth} ends with {sum}"));
    sum
}

/// A coroutine that contains itself is boxed somewhere.
async fn boxed(co: Co<'_, Wait, Sent>, log: Log, depth: u32) -> u32 {
    Box::pin(family(co, log, depth)).await
}

/// The same on generators of Python, with a scheduler of a screen.
const PYTHON: &str = r#"
from collections import deque
class Task:
    def __init__(self, gen): self.gen, self.done, self.value, self.joiners = gen, False, None, []
def run(first):
    ready = deque([(Task(first), None)])
    while ready:
        task, sent = ready.popleft()
        try: kind, what = task.gen.send(sent)
        except StopIteration as end:
            task.done, task.value = True, end.value
            ready.extend((joiner, task.value) for joiner in task.joiners)
            continue
        if kind == "turn": ready.append((task, None))
        elif kind == "spawn":
            child = Task(what); ready.append((child, None)); ready.append((task, child))
        elif what.done: ready.append((task, what.value))
        else: what.joiners.append(task)
def family(depth):
    print(f"{depth} begins")
    children = []
    for _ in range(depth): children.append((yield "spawn", family(depth - 1)))
    yield "turn", None
    print(f"{depth} goes on")
    total = 1
    for child in children: total += yield "join", child
    print(f"{depth} ends with {total}")
    return total
run(family(4))
"#;

#[test]
fn turns_are_those_of_a_scheduler_in_python() {
    let output = Command::new("python3").args(["-c", PYTHON]).output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            assert!(
                std::env::var_os("YIBU_TEST_REQUIRE_TOOLS").is_none(),
                "python3: {error}"
            );
            return;
        }
    };
    let log = Log::default();
    let scheduler = Scheduler::new();
    let family = {
        let log = Rc::clone(&log);
        scheduler.spawn(async move |co| family(co, log, 4).await)
    };
    scheduler.run().unwrap();
    assert_eq!(family.take().unwrap(), 65);
    let python = String::from_utf8(output.stdout).unwrap();
    assert!(python.lines().eq(log.borrow().iter()), "{python}");
}

#[test]
fn waits_come_to_what_was_waited_for() {
    let (reader, mut writer) = pipe().unwrap();
    let queue = Queue::fifo(1);
    let there = queue.clone();
    let puts = thread::spawn(move || {
        for item in 0..3 {
            there.put_blocking(item).unwrap();
        }
        there.shutdown(Shutdown::Drain);
        writer.write_all(b"x").unwrap();
        writer
    });
    let scheduler = Scheduler::new();
    let gets = scheduler.spawn(async move |mut co| {
        let mut items = Vec::new();
        while let Ok(item) = co.get(&queue).await {
            items.push(item);
        }
        items
    });
    let reads = scheduler.spawn(async move |mut co| co.readable(&reader).await.is_ok());
    let (_reader, writer) = pipe().unwrap();
    let writes = scheduler.spawn(async move |mut co| co.writable(&writer).await.is_ok());
    let calls = scheduler.spawn(async |mut co| co.wait_for(async { "a value" }).await);
    scheduler.run().unwrap();
    assert_eq!(gets.take().unwrap(), [0, 1, 2]);
    assert!(reads.take().unwrap() && writes.take().unwrap());
    assert_eq!(calls.take().unwrap(), "a value");
    drop(puts.join());
}

#[test]
fn sleepers_go_on_in_the_order_of_their_moments() {
    let (scheduler, log) = (Scheduler::new(), Log::default());
    let began = Instant::now();
    for millis in [30, 10, 20] {
        let log = Rc::clone(&log);
        scheduler.spawn(async move |mut co| {
            co.sleep(Duration::from_millis(millis)).await;
            log.borrow_mut().push(millis.to_string());
        });
    }
    scheduler.run().unwrap();
    assert!(began.elapsed() >= Duration::from_millis(30));
    assert_eq!(log.take(), ["10", "20", "30"]);
}

#[test]
fn who_wait_for_each_other_are_told() {
    let scheduler = Scheduler::new();
    let other = Rc::new(Cell::new(None));
    let place = Rc::clone(&other);
    let one = scheduler.spawn(async move |mut co| {
        let other = place.take().unwrap();
        co.join::<()>(other).await;
    });
    other.set(Some(
        scheduler.spawn(async move |mut co| co.join(one).await),
    ));
    let error = scheduler.run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadlock);
    assert!(error.to_string().contains("2 coroutines"), "{error}");
}

#[test]
fn a_panic_ends_one_and_the_others_run_on() {
    let scheduler = Scheduler::new();
    let fails = scheduler.spawn(async |mut co| {
        co.turn().await;
        panic!("as planned");
    });
    let goes_on = scheduler.spawn(async |mut co| {
        co.sleep(Duration::from_millis(1)).await;
        5
    });
    let unwound = catch_unwind(AssertUnwindSafe(|| scheduler.run()));
    assert!(unwound.is_err() && fails.has_ended());
    assert!(fails.take().is_err());
    scheduler.run().unwrap();
    assert_eq!(goes_on.take().unwrap(), 5);
}

#[test]
fn what_a_dropped_scheduler_had_is_dropped() {
    let kept = Rc::new(());
    let scheduler = Scheduler::new();
    for wait in 0..3 {
        let kept = Rc::clone(&kept);
        scheduler.spawn(async move |mut co| {
            let _kept = kept;
            match wait {
                0 => co.sleep(Duration::from_secs(3600)).await,
                1 => co.wait_for(std::future::pending()).await,
                _ => panic!("the first to end"),
            }
        });
    }
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.run())).is_err());
    assert_eq!(Rc::strong_count(&kept), 3);
    drop(scheduler);
    assert_eq!(Rc::strong_count(&kept), 1);
}

#[test]
fn running_inside_is_refused() {
    let scheduler = Scheduler::new();
    let inner = scheduler.clone();
    scheduler.spawn(async move |_| drop(inner.run()));
    let unwound = catch_unwind(AssertUnwindSafe(|| scheduler.run()));
    let message = unwound.unwrap_err();
    let message = message.downcast_ref::<&str>().unwrap();
    assert!(
        message.contains("wait for what it spawned with join"),
        "{message}"
    );
}

#[test]
fn a_coroutine_is_a_task_as_well() {
    let log = Log::default();
    let (reader, mut writer) = pipe().unwrap();
    let sum = yibu::run(as_task({
        let log = Rc::clone(&log);
        async move |mut co| {
            let reads = co
                .spawn(async move |mut co| co.readable(&reader).await.is_ok())
                .await;
            co.sleep(Duration::from_millis(1)).await;
            writer.write_all(b"x").unwrap();
            assert!(co.join(reads).await);
            assert_eq!(co.wait_for(async { 7 }).await, 7);
            family(co, log, 3).await
        }
    }));
    assert_eq!(sum, 16);
    assert!(log.take().contains(&"3 ends with 16".to_owned()));
}

/// Who takes turns without end keeps nobody waiting whose time has come.
#[test]
fn turns_let_everybody_else_go_on() {
    let scheduler = Scheduler::new();
    let is_set = Rc::new(Cell::new(0));
    let sets = Rc::clone(&is_set);
    scheduler.spawn(async move |mut co| {
        co.sleep(Duration::from_millis(2)).await;
        sets.set(sets.get() + 1);
    });
    let calls = Rc::clone(&is_set);
    scheduler.spawn(async move |mut co| calls.set(calls.get() + co.wait_for(async { 1 }).await));
    scheduler.spawn(async move |mut co| {
        while is_set.get() < 2 {
            co.turn().await;
        }
    });
    scheduler.run().unwrap();
}

#[test]
fn a_future_that_panics_ends_its_coroutine() {
    let scheduler = Scheduler::new();
    let ended = scheduler.spawn(async |mut co| {
        co.wait_for(async { panic!("as planned") }).await;
    });
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.run())).is_err());
    scheduler.run().unwrap();
    assert!(ended.has_ended());
}

#[test]
fn an_end_is_waited_for_wherever_it_comes() {
    // The same number names another coroutine in either scheduler.
    let (here, there) = (Scheduler::new(), Scheduler::new());
    let five = there.spawn(async |mut co| {
        co.turn().await;
        5
    });
    let sleeps = here.spawn(async |mut co| {
        let began = Instant::now();
        co.sleep(Duration::from_millis(20)).await;
        began.elapsed()
    });
    let joins = here.spawn(async move |mut co| co.join(five).await);
    here.spawn(async move |mut co| {
        co.turn().await;
        there.run().unwrap();
    });
    here.run().unwrap();
    assert_eq!(joins.take().unwrap(), 5);
    assert!(sleeps.take().unwrap() >= Duration::from_millis(20));
}

#[test]
fn coroutines_end_with_their_scheduler_for_who_joins_them() {
    yibu::run(async {
        let scheduler = Scheduler::new();
        let never = scheduler.spawn(async |_| ());
        let joins = yibu::spawn(as_task(async move |mut co| co.join(never).await));
        yibu::yield_now().await;
        drop(scheduler);
        let panic = joins.await.unwrap_err().to_string();
        assert!(panic.contains("whose scheduler was dropped"), "{panic}");
    });
}

#[test]
fn sleeping_for_ever_is_no_overflow() {
    let scheduler = Scheduler::new();
    scheduler.spawn(async |mut co| co.sleep(Duration::MAX).await);
    scheduler.spawn(async |_| panic!("the first to end"));
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.run())).is_err());
}

/// Polled without being woken: no waker is kept twice.
#[test]
fn wakers_do_not_pile_up() {
    struct Nothing;
    impl std::task::Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }
    let nothing = Arc::new(Nothing);
    let waker = Waker::from(Arc::clone(&nothing));
    let ended = Scheduler::new().spawn(async |_| ());
    let scheduler = Scheduler::new();
    let joined = scheduler.spawn(async |_| ());
    let mut joins = pin!(as_task(async move |mut co| co.join(joined).await));
    for _ in 0..100 {
        let mut cx = Context::from_waker(&waker);
        assert!(joins.as_mut().poll(&mut cx).is_pending());
    }
    assert!(Arc::strong_count(&nothing) < 5);
    assert!(ended.has_ended(), "its scheduler is gone");
}
