//! Threads: starting, joining, panics, daemons and their kill. The end of the program is in `threads_live.rs`, states and times in `thread_usage.rs`.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use yibu::thread::{self, Builder, DaemonHandle, Kill};

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gives the processor away until `done` holds.
fn until(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "it never comes");
        std::thread::yield_now();
    }
}

#[test]
fn a_join_gives_the_value_or_the_panic() {
    assert_eq!(
        thread::spawn(|| "value".to_owned()).join().unwrap(),
        "value"
    );

    let three = 3;
    let line = line!() + 1;
    let thread = thread::spawn(move || panic!("with {three}"));
    let error = thread.join().unwrap_err();
    assert!(error.is_panicked() && !error.is_killed());
    assert_eq!(error.message(), Some("with 3"));
    let text = error.to_string();
    let place = format!(" started at crates/yibu/tests/threads.rs:{line}:18 panicked: with 3");
    assert!(
        text.starts_with("thread thread-") && text.ends_with(&place),
        "{text}"
    );
    let resumed = catch_unwind(AssertUnwindSafe(|| error.resume_unwind())).unwrap_err();
    assert_eq!(*resumed.downcast::<String>().unwrap(), "with 3");

    let error = thread::spawn(|| std::panic::panic_any(7))
        .join()
        .unwrap_err();
    assert_eq!(error.message(), None);
}

#[test]
fn what_a_joined_thread_left_is_gone_when_join_returns() {
    struct Leaves(Sender<()>);
    impl Drop for Leaves {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    thread_local!(static LOCAL: Mutex<Option<Leaves>> = const { Mutex::new(None) });
    let (sender, left) = channel();
    let thread = thread::spawn(move || {
        LOCAL.with(|local| *local.lock().unwrap() = Some(Leaves(sender)));
    });
    thread.join().unwrap();
    assert_eq!(left.try_recv(), Ok(()));
}

#[test]
fn a_join_gives_up_and_can_be_repeated() {
    let (go, wait) = channel();
    let mut thread = thread::spawn(move || wait.recv().unwrap());
    assert!(thread.join_timeout(Duration::ZERO).is_none());
    assert!(thread.join_timeout(Duration::from_millis(2)).is_none());
    assert!(!thread.is_finished());
    go.send(5).unwrap();
    assert_eq!(thread.join_timeout(PATIENCE).unwrap().unwrap(), 5);
    assert!(thread.is_finished());
    let again = catch_unwind(AssertUnwindSafe(|| thread.join_timeout(PATIENCE)));
    let message = again.err().unwrap().downcast::<&str>().unwrap();
    assert!(message.contains("joined again"), "{message}");
}

#[test]
fn a_thread_cannot_join_itself() {
    let (give, handle) = channel::<thread::JoinHandle<String>>();
    let thread = thread::spawn(move || {
        let own = handle.recv().unwrap();
        let joined = catch_unwind(AssertUnwindSafe(|| own.join()));
        (*joined.err().unwrap().downcast::<&str>().unwrap()).to_owned()
    });
    let id = thread.thread().id();
    give.send(thread).unwrap();
    // Its handle is gone with the failed join: it runs on, and ends.
    until(|| {
        let threads = thread::list().unwrap();
        threads.iter().all(|thread| thread.id != Some(id))
    });
}

#[yibu::test]
async fn a_task_awaits_a_thread() {
    let (go, wait) = channel();
    let thread = thread::spawn(move || wait.recv().unwrap());
    let other = yibu::spawn(async move { go.send(6).unwrap() });
    assert_eq!(thread.await.unwrap(), 6);
    other.await.unwrap();
    let error = thread::spawn(|| panic!("in the thread")).await.unwrap_err();
    assert_eq!(error.message(), Some("in the thread"));
}

#[yibu::test]
#[should_panic(expected = "would block the event loop of its thread: use the handle's .await")]
async fn a_task_does_not_block_on_a_thread() {
    let (_go, wait) = channel::<()>();
    let _ = thread::spawn(move || wait.recv()).join();
}

#[test]
fn names_numbers_and_stacks() {
    let thread = Builder::new()
        .name("a name of its own")
        .stack_size(64 << 20);
    let thread = thread.spawn(|| {
        // More than the usual stack.
        let much = std::hint::black_box([1u8; 8 << 20]);
        (thread::current(), usize::from(much[1 << 20]))
    });
    let thread = thread.unwrap();
    let told = thread.thread().clone();
    let (own, one) = thread.join().unwrap();
    assert_eq!((own.name(), one), ("a name of its own", 1));
    assert_eq!(own, told);
    assert_eq!(told.kernel_id().is_some(), cfg!(target_os = "linux"));
    assert!(thread::current().id() < own.id() && thread::current() == thread::current());

    let unnamed = thread::spawn(|| std::thread::current().name().unwrap().to_owned());
    let expected = format!("thread-{}", unnamed.thread().id());
    assert_eq!(unnamed.join().unwrap(), expected);
}

#[test]
fn a_refused_thread_is_an_error() {
    let zero = Builder::new().name("a\0b").spawn(|| ()).unwrap_err();
    assert_eq!(zero.kind(), std::io::ErrorKind::InvalidInput);
    let huge = Builder::new().stack_size(usize::MAX / 4);
    let (sender, dropped) = channel::<()>();
    huge.spawn(move || drop(sender)).unwrap_err();
    assert!(dropped.recv().is_err(), "what it was given is dropped");
}

/// What the hook was told: which thread, what it said, and on which thread it was told.
static LOST: Mutex<Vec<(String, String, String)>> = Mutex::new(Vec::new());

fn hook() {
    static SET: Once = Once::new();
    SET.call_once(|| {
        thread::set_panic_hook(|panic| {
            let here = thread::current();
            let lost = [
                panic.thread().name(),
                panic.message().unwrap_or("no text"),
                here.name(),
            ];
            LOST.lock().unwrap().push(lost.map(str::to_owned).into());
        });
    });
}

fn lost(name: &str) -> Vec<(String, String)> {
    let lost = LOST.lock().unwrap();
    let lost = lost.iter().filter(|lost| lost.0 == name);
    lost.map(|lost| (lost.1.clone(), lost.2.clone())).collect()
}

#[test]
fn a_panic_that_nobody_joins_is_reported_once() {
    hook();
    let here = thread::current().name().to_owned();

    let first = Builder::new().name("ends first");
    let handle = first.spawn(|| panic!("1")).unwrap();
    until(|| handle.is_finished());
    assert_eq!(lost("ends first"), [], "it may still be joined");
    drop(handle);
    assert_eq!(lost("ends first"), [("1".to_owned(), here)]);

    let (go, wait) = channel::<()>();
    let dropped = Builder::new().name("dropped first");
    let handle = dropped.spawn(move || {
        wait.recv().unwrap();
        panic!("2")
    });
    drop(handle.unwrap());
    go.send(()).unwrap();
    until(|| !lost("dropped first").is_empty());
    assert_eq!(
        lost("dropped first"),
        [("2".to_owned(), "dropped first".to_owned())]
    );

    let joined = Builder::new().name("joined").spawn(|| panic!("3"));
    assert!(joined.unwrap().join().is_err());
    assert_eq!(lost("joined"), []);

    let daemon = Builder::new().name("demon").spawn_daemon(|| panic!("4"));
    let daemon = daemon.unwrap();
    until(|| daemon.is_finished());
    assert_eq!(lost("demon"), [("4".to_owned(), "demon".to_owned())]);
}

// Daemons, and how they are killed.

/// Says when it is dropped.
struct Says(Sender<&'static str>, &'static str);

impl Drop for Says {
    fn drop(&mut self) {
        self.0.send(self.1).unwrap();
    }
}

/// Starts a daemon, and waits until it has sent the first word.
fn daemon(
    f: impl FnOnce(Sender<&'static str>) + Send + 'static,
) -> (DaemonHandle, Receiver<&'static str>) {
    let (sender, words) = channel();
    let daemon = thread::spawn_daemon(move || f(sender));
    assert_eq!(words.recv_timeout(PATIENCE), Ok("begun"));
    (daemon, words)
}

fn for_ever() {
    thread::sleep(Duration::MAX);
    unreachable!("for ever");
}

#[test]
fn a_kill_unwinds_a_daemon_that_sleeps() {
    let (daemon, words) = daemon(|say| {
        let _outer = Says(say.clone(), "outer");
        let _inner = Says(say.clone(), "inner");
        say.send("begun").unwrap();
        for_ever();
    });
    assert!(daemon.thread().is_daemon() && !daemon.is_finished());
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    assert_eq!(words.iter().collect::<Vec<_>>(), ["inner", "outer"]);
    assert_eq!(daemon.kill(Duration::ZERO), Kill::Ended, "once more");
}

#[test]
fn a_killed_daemon_is_no_panicked_one() {
    hook();
    let quiet = Builder::new().name("quiet").spawn_daemon(for_ever).unwrap();
    assert_eq!(quiet.kill(PATIENCE), Kill::Ended);
    assert_eq!(lost("quiet"), []);
}

#[test]
fn a_kill_that_is_caught_is_raised_again() {
    let (daemon, words) = daemon(|say| {
        say.send("begun").unwrap();
        for _ in 0..2 {
            assert!(catch_unwind(for_ever).is_err());
            say.send("caught").unwrap();
        }
        // A wait for nothing is one.
        thread::sleep(Duration::ZERO);
        say.send("never").unwrap();
    });
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    assert_eq!(words.iter().collect::<Vec<_>>(), ["caught", "caught"]);
}

#[test]
fn a_daemon_that_never_waits_is_not_killed() {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let (daemon, words) = daemon(move |say| {
        say.send("begun").unwrap();
        while !stopped.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        say.send("done").unwrap();
    });
    assert_eq!(daemon.kill(Duration::ZERO), Kill::Pending);
    assert_eq!(daemon.kill(Duration::from_millis(5)), Kill::Pending);
    stop.store(true, Ordering::Relaxed);
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    assert_eq!(words.iter().collect::<Vec<_>>(), ["done"]);
}

/// Waits in every way that there is when it is dropped, and says what came of it.
struct Waits(Sender<&'static str>);

impl Drop for Waits {
    fn drop(&mut self) {
        thread::sleep(Duration::MAX);
        let (_go, wait) = channel::<()>();
        let mut other = thread::spawn(move || wait.recv().is_err());
        assert!(other.join_timeout(PATIENCE).is_none());
        assert!(other.join().unwrap_err().is_killed());
        let other = thread::spawn_daemon(for_ever);
        // Without the time to wait in, it may have ended or not.
        let _: Kill = other.kill(PATIENCE);
        self.0.send("returned").unwrap();
    }
}

#[test]
fn nothing_waits_while_a_daemon_unwinds() {
    let (daemon, words) = daemon(|say| {
        let _waits = Waits(say.clone());
        say.send("begun").unwrap();
        for_ever();
    });
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    assert_eq!(words.iter().collect::<Vec<_>>(), ["returned"]);
}

/// An unwinding destructor of a thread-local would end the process.
#[test]
fn nothing_unwinds_once_the_work_is_over() {
    thread_local!(static LOCAL: Mutex<Option<Waits>> = const { Mutex::new(None) });
    let (daemon, words) = daemon(|say| {
        LOCAL.with(|local| *local.lock().unwrap() = Some(Waits(say.clone())));
        say.send("begun").unwrap();
        for_ever();
    });
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    assert_eq!(words.iter().collect::<Vec<_>>(), ["returned"]);
}

#[test]
fn a_kill_that_comes_before_the_thread_has_begun() {
    for _ in 0..100 {
        let ran = Arc::new(AtomicU32::new(0));
        let counts = ran.clone();
        let daemon = thread::spawn_daemon(move || {
            counts.fetch_add(1, Ordering::Relaxed);
            for_ever();
        });
        assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
        assert_eq!(ran.load(Ordering::Relaxed), 1, "to its first wait");
    }
}

#[test]
fn a_daemon_kills_itself() {
    let (give, own) = channel::<Arc<DaemonHandle>>();
    let (daemon, words) = daemon(move |say| {
        let _says = Says(say.clone(), "dropped");
        say.send("begun").unwrap();
        let _: Kill = own.recv().unwrap().kill(PATIENCE);
        say.send("never").unwrap();
    });
    let daemon = Arc::new(daemon);
    give.send(daemon.clone()).unwrap();
    until(|| daemon.is_finished());
    assert_eq!(words.iter().collect::<Vec<_>>(), ["dropped"]);
}

#[test]
fn several_kill_one() {
    let (daemon, _words) = daemon(|say| {
        say.send("begun").unwrap();
        for_ever();
    });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(daemon.kill(PATIENCE), Kill::Ended));
        }
    });
}

#[test]
fn a_daemon_is_killed_in_a_join_and_what_it_joins_runs_on() {
    let (go, wait) = channel::<()>();
    let (ended, end) = channel();
    let (daemon, _words) = daemon(|say| {
        let child = thread::spawn(move || {
            wait.recv().unwrap();
            ended.send(()).unwrap();
        });
        say.send("begun").unwrap();
        child.join().unwrap();
    });
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    go.send(()).unwrap();
    end.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_daemons_children_are_daemons_unless_told_otherwise() {
    let (sender, kinds) = channel();
    let (daemon, _words) = daemon(move |say| {
        let kind = |builder: Builder| {
            let child = builder.spawn(|| thread::spawn(|| ()).thread().is_daemon());
            let child = child.unwrap();
            let own = child.thread().is_daemon();
            (own, child.join().unwrap())
        };
        let kinds = [kind(Builder::new()), kind(Builder::new().non_daemon())];
        sender.send(kinds).unwrap();
        say.send("begun").unwrap();
        for_ever();
    });
    assert_eq!(kinds.recv().unwrap(), [(true, true), (false, false)]);
    assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    assert!(!thread::spawn(|| ()).thread().is_daemon());
}

#[test]
fn a_daemon_that_runs_a_loop_is_killed_between_two_turns() {
    // Asleep, and awake all the time.
    for is_busy in [false, true] {
        let (daemon, words) = daemon(move |say| {
            let _outside = Says(say.clone(), "outside");
            yibu::run(async move {
                let _main = Says(say.clone(), "main");
                let says = Says(say.clone(), "task");
                let task = yibu::spawn(async move {
                    let _says = says;
                    if is_busy {
                        loop {
                            yibu::yield_now().await;
                        }
                    }
                    std::future::pending::<()>().await;
                });
                yibu::yield_now().await;
                say.send("begun").unwrap();
                task.await.unwrap();
            });
        });
        assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
        let mut words: Vec<_> = words.iter().collect();
        assert_eq!(words.pop(), Some("outside"));
        words.sort_unstable();
        assert_eq!(words, ["main", "task"]);
    }
}

#[yibu::test]
async fn a_task_kills_a_daemon_without_waiting() {
    let daemon = thread::spawn_daemon(for_ever);
    while daemon.kill(Duration::ZERO) == Kill::Pending {
        yibu::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Kills at random moments lose nothing that a thread holds: each daemon's guard is dropped, once.
#[test]
fn kills_at_any_moment() {
    let dropped = Arc::new(AtomicU32::new(0));
    struct Counts(Arc<AtomicU32>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let daemons: Vec<_> = (0..200u32)
        .map(|n| {
            let counts = Counts(dropped.clone());
            let daemon = thread::spawn_daemon(move || {
                let _counts = counts;
                loop {
                    thread::sleep(Duration::from_micros(u64::from(n % 50)));
                    let _ = thread::spawn(|| ()).join();
                }
            });
            if n % 3 == 0 {
                std::thread::yield_now();
            }
            let _: Kill = daemon.kill(Duration::ZERO);
            daemon
        })
        .collect();
    for daemon in &daemons {
        assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
    }
    assert_eq!(dropped.load(Ordering::Relaxed), 200);
}

/// A wait of one thread costs it no processor time.
#[cfg(target_os = "linux")]
#[test]
fn a_blocked_join_burns_nothing() {
    let (go, wait) = channel::<()>();
    let thread = thread::spawn(move || wait.recv());
    let waits = Builder::new()
        .name("joins")
        .spawn(move || thread.join().unwrap());
    let waits = waits.unwrap();
    let kernel_id = || waits.thread().kernel_id();
    let look = || {
        let threads = thread::list().unwrap();
        let found = threads.iter().find(|found| found.kernel_id == kernel_id());
        found.cloned().expect("it lives")
    };
    until(|| kernel_id().is_some() && look().state.is_some_and(|state| state.is_blocked()));
    let before = look().slices;
    thread::sleep(Duration::from_millis(300));
    assert_eq!(look().slices, before, "it was not given a CPU once");
    go.send(()).unwrap();
    waits.join().unwrap().unwrap();
}
