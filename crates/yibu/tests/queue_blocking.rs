//! The forms that block a thread: nobody else is there to make good what they miss; time limits and kills that come while they are served lose nothing and double nothing.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use yibu::queue::{GetTimeoutError, PutTimeoutError, Queue, Shutdown};
use yibu::thread::{Kill, spawn_daemon};

/// Longer than any wait here takes, on a machine however busy: what takes so long is stranded.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so, without sleeping. Fails after long.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never came to be so");
        thread::yield_now();
    }
}

fn all<T: Ord>(capacity: usize) -> [(&'static str, Queue<T>); 5] {
    [
        ("fifo", Queue::fifo(capacity)),
        ("unbounded", Queue::unbounded()),
        ("lifo", Queue::lifo(capacity)),
        ("priority", Queue::priority(capacity)),
        ("rendezvous", Queue::rendezvous()),
    ]
}

/// For so long, or so often, whichever comes first: on a busy machine each wait may take a time slice.
fn a_while() -> impl Iterator<Item = u32> {
    let began = Instant::now();
    (0..20_000).take_while(move |_| began.elapsed() < Duration::from_millis(300))
}

/// Each of the two waits for the other alone, so a wake that is missed once is missed for good.
#[test]
fn there_and_back() {
    for ((name, there), (_, back)) in all(1).into_iter().zip(all(1)) {
        let (asks, answers) = (there.clone(), back.clone());
        let other = thread::spawn(move || {
            while let Ok(n) = asks.get_timeout(PATIENCE) {
                answers.put_timeout(n + 1, PATIENCE).unwrap();
            }
        });
        for n in a_while() {
            there.put_timeout(n, PATIENCE).unwrap();
            assert_eq!(back.get_timeout(PATIENCE), Ok(n + 1), "{name}");
        }
        there.shutdown(Shutdown::Drain);
        other.join().unwrap();
    }
}

/// One puts and one gets, as fast as they can: the queue is full and empty by turns, and each sleeps until the other wakes it.
#[test]
fn one_to_one() {
    for capacity in [1, 2, 64] {
        for (name, queue) in all(capacity) {
            let puts = queue.clone();
            let putter = thread::spawn(move || {
                let mut count = 0;
                for item in a_while() {
                    puts.put_timeout(item, PATIENCE).unwrap();
                    count += 1;
                }
                puts.shutdown(Shutdown::Drain);
                count
            });
            let mut got = Vec::new();
            let end = loop {
                match queue.get_timeout(PATIENCE) {
                    Ok(item) => got.push(item),
                    Err(end) => break end,
                }
            };
            assert_eq!(end, GetTimeoutError::Shutdown, "{name}({capacity})");
            if name == "lifo" {
                got.sort();
            }
            // What comes is put in order, so the smallest there is the oldest.
            let count = putter.join().unwrap();
            assert!(got.into_iter().eq(0..count), "{name}({capacity})");
        }
    }
}

/// Limits that are up about when the answer comes: an item was put or is given back, and whoever was put is got once.
#[test]
fn limits_that_are_up_as_the_answer_comes() {
    const EACH: u32 = 3_000;
    for (name, queue) in all(1) {
        let timed_out = AtomicUsize::new(0);
        let mut got = thread::scope(|scope| {
            let putters = [0, 1].map(|n| {
                let (queue, timed_out) = (&queue, &timed_out);
                scope.spawn(move || {
                    for item in n * EACH..(n + 1) * EACH {
                        let mut item = item;
                        let limit = Duration::from_micros(u64::from(item % 40));
                        while let Err(error) = queue.put_timeout(item, limit) {
                            assert!(matches!(error, PutTimeoutError::TimedOut(_)));
                            timed_out.fetch_add(1, Ordering::Relaxed);
                            item = error.into_inner();
                        }
                    }
                })
            });
            let getters = [(); 2].map(|()| {
                scope.spawn(|| {
                    let (mut got, began) = (Vec::new(), Instant::now());
                    loop {
                        assert!(began.elapsed() < PATIENCE, "{name}: nobody ends it");
                        let limit = Duration::from_micros(got.len() as u64 % 40);
                        match queue.get_timeout(limit) {
                            Ok(item) => got.push(item),
                            Err(GetTimeoutError::TimedOut) => {
                                timed_out.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(_) => return got,
                        }
                    }
                })
            });
            for putter in putters {
                putter.join().unwrap();
            }
            queue.shutdown(Shutdown::Drain);
            getters.map(|getter| getter.join().unwrap()).concat()
        });
        got.extend(queue.iter());
        got.sort();
        assert!(got.into_iter().eq(0..2 * EACH), "{name}: lost or doubled");
        let timed_out = timed_out.into_inner();
        assert!(timed_out > 0 || name == "unbounded", "{name}");
        let stats = queue.stats();
        assert_eq!(
            (stats.waiting_getters, stats.waiting_putters),
            (0, 0),
            "{name}"
        );
    }
}

/// A daemon that waits for an item is killed as the item comes: it has it, or it is there for the next.
#[test]
fn a_get_that_is_killed() {
    for round in 0..200_u32 {
        for (name, queue) in all(1) {
            let got = Arc::new(Mutex::new(None));
            let (mine, says) = (queue.clone(), got.clone());
            let daemon = spawn_daemon(move || {
                let item = if round % 2 == 0 {
                    mine.get_blocking().ok()
                } else {
                    let mut items = Vec::new();
                    mine.get_many_blocking(&mut items, 2).unwrap();
                    items.pop()
                };
                *says.lock().unwrap() = item;
            });
            until(|| queue.stats().waiting_getters == 1);
            queue.try_put(round).unwrap();
            assert_eq!(daemon.kill(PATIENCE), Kill::Ended, "{name}");
            let kept = queue.try_get().ok();
            let got = *got.lock().unwrap();
            assert_eq!(got.xor(kept), Some(round), "{name}: {got:?}, {kept:?}");
            let stats = queue.stats();
            assert_eq!((stats.waiting_getters, stats.gets), (0, 1), "{name}");
        }
    }
}

/// The same with another who waits behind it, and whom nobody else will serve.
#[test]
fn a_get_that_is_killed_before_another() {
    for round in 0..100_u32 {
        for (name, queue) in all(2) {
            let mine = queue.clone();
            let daemon = spawn_daemon(move || {
                mine.get_blocking().unwrap();
                mine.put_blocking(round).unwrap();
            });
            until(|| queue.stats().waiting_getters == 1);
            let next = queue.clone();
            let next = thread::spawn(move || next.get_timeout(PATIENCE));
            until(|| queue.stats().waiting_getters == 2);
            queue.try_put(round).unwrap();
            let _: Kill = daemon.kill(Duration::ZERO);
            assert_eq!(next.join().unwrap(), Ok(round), "{name}");
        }
    }
}

/// Counts how often it is dropped.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Counted(u32, Arc<Count>);

#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct Count(Vec<u8>);

impl Counted {
    fn alive(&self) -> usize {
        Arc::strong_count(&self.1)
    }
}

/// A daemon that waits for room is killed as room is made: its item is in, or was dropped with it; who waits behind it gets in.
#[test]
fn a_put_that_is_killed() {
    for round in 0..100_u32 {
        for (name, queue) in all(1) {
            if name == "unbounded" {
                continue;
            }
            let of = |n| Counted(n, Arc::default());
            if name != "rendezvous" {
                assert!(queue.try_put(of(0)).is_ok());
            }
            let (mine, killed) = (queue.clone(), of(1));
            let counts = Counted(1, killed.1.clone());
            let daemon = spawn_daemon(move || assert!(mine.put_blocking(killed).is_ok()));
            until(|| queue.stats().waiting_putters == 1);
            let next = queue.clone();
            let next = thread::spawn(move || next.put_timeout(of(2), PATIENCE).is_ok());
            until(|| queue.stats().waiting_putters == 2);
            let mut got = Vec::new();
            if round % 2 == 0 {
                got.push(queue.get_timeout(PATIENCE).ok().unwrap().0);
            }
            let _: Kill = daemon.kill(Duration::ZERO);
            while got.last() != Some(&2) {
                let item = queue.get_timeout(PATIENCE);
                got.push(
                    item.ok()
                        .unwrap_or_else(|| panic!("{name} {round}: {got:?}"))
                        .0,
                );
            }
            assert!(next.join().unwrap(), "{name}");
            assert_eq!(daemon.kill(PATIENCE), Kill::Ended);
            assert_eq!(counts.alive(), 1, "{name}: {got:?}");
            assert!(got.is_sorted() && queue.is_empty(), "{name}: {got:?}");
        }
    }
}

/// Waits when the locals of its thread are destroyed, the queue's own among them.
struct WaitsAtTheEnd(Queue<u32>, Queue<u32>);

impl Drop for WaitsAtTheEnd {
    fn drop(&mut self) {
        for _ in 0..2 {
            let item = self.0.get_timeout(PATIENCE).unwrap();
            self.1.put_timeout(item, PATIENCE).unwrap();
        }
    }
}

#[test]
fn a_wait_while_the_threads_locals_are_destroyed() {
    thread_local! {
        static EARLY: std::cell::OnceCell<WaitsAtTheEnd> = const { std::cell::OnceCell::new() };
        static LATE: std::cell::OnceCell<WaitsAtTheEnd> = const { std::cell::OnceCell::new() };
    }
    for (name, queue) in all(1) {
        let back = Queue::fifo(1);
        let ends = || WaitsAtTheEnd(queue.clone(), back.clone());
        let (early, late) = (ends(), ends());
        let thread = thread::spawn(move || {
            // Before and after the locals that a wait makes, so one of the two is destroyed after those.
            EARLY.with(|own| own.set(early).ok().unwrap());
            let other = Queue::<u32>::fifo(1);
            assert!(other.get_timeout(Duration::ZERO).is_err());
            LATE.with(|own| own.set(late).ok().unwrap());
        });
        for item in 0..4 {
            until(|| queue.stats().waiting_getters == 1);
            queue.put_timeout(item, PATIENCE).unwrap();
            assert_eq!(back.get_timeout(PATIENCE), Ok(item), "{name}");
        }
        thread.join().unwrap();
    }
}
