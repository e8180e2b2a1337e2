//! What waiting costs, and whether it is shared fairly. `YIBU_TEST_LONG=1` for the long forms: 10 seconds each.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)] // What a test measured or chose at random.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use yibu::queue::{GetTimeoutError, Queue, Shutdown};

fn is_long() -> bool {
    std::env::var_os("YIBU_TEST_LONG").is_some()
}

#[cfg(target_os = "linux")]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// An empty queue costs no CPU: a get that waits 10 s takes less than 3 ms of it, and one of 1 s less than 1 ms (the spinning is at its start, whatever the length).
#[cfg(target_os = "linux")]
#[test]
fn a_blocked_get_costs_no_cpu() {
    let (seconds, most) = if is_long() { (10, 3) } else { (1, 1) };
    let queues = [
        ("fifo", Queue::<u32>::fifo(1024)),
        ("unbounded", Queue::unbounded()),
        ("lifo", Queue::lifo(1024)),
        ("priority", Queue::priority(1024)),
        ("rendezvous", Queue::rendezvous()),
    ];
    let threads = queues.map(|(name, queue)| {
        thread::spawn(move || {
            let before = cpu_time();
            let got = queue.get_timeout(Duration::from_secs(seconds));
            let cost = cpu_time() - before;
            assert_eq!(got, Err(GetTimeoutError::TimedOut));
            (name, cost)
        })
    });
    for (name, cost) in threads.map(|thread| thread.join().unwrap()) {
        println!("{name}: {cost:?} of CPU in {seconds} s");
        assert!(cost < Duration::from_millis(most), "{name}: {cost:?}");
    }
}

/// With eight who put and eight who get, no getter waits more than ten times as long as the median getter, at its worst: one that starved would have waited all the time. On average too, but that only
/// in the long form: in a second, a getter that the system lets run a few times has a mean of a few time slices, and its median sibling one of microseconds.
#[test]
fn nobody_starves() {
    let length = Duration::from_millis(if is_long() { 10_000 } else { 1_000 });
    for (name, queue) in [
        ("fifo(16)", Queue::fifo(16)),
        ("unbounded", Queue::unbounded()),
    ] {
        let is_over = AtomicBool::new(false);
        let mut waits: Vec<(Duration, Duration)> = thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        // Not without limit either: the memory is not what is tested.
                        if queue.len() < 10_000 {
                            // It fails when all is over.
                            let _ = queue.put_blocking(());
                        } else {
                            thread::yield_now();
                        }
                    }
                });
            }
            let getters = [(); 8].map(|()| {
                scope.spawn(|| {
                    let (mut all, mut worst, mut count) = (Duration::ZERO, Duration::ZERO, 0);
                    while !is_over.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        if queue.get_blocking().is_err() {
                            break;
                        }
                        let wait = began.elapsed();
                        all += wait;
                        worst = worst.max(wait);
                        count += 1;
                    }
                    (all / count.max(1), if count == 0 { length } else { worst })
                })
            });
            thread::sleep(length);
            is_over.store(true, Ordering::Relaxed);
            queue.shutdown(Shutdown::Immediate);
            getters.map(|getter| getter.join().unwrap()).to_vec()
        });
        for what in ["mean", "worst"] {
            waits.sort_by_key(|wait| if what == "mean" { wait.0 } else { wait.1 });
            let of = |wait: (Duration, Duration)| if what == "mean" { wait.0 } else { wait.1 };
            let (median, most) = (of(waits[4]), of(waits[7]));
            println!("{name}: {what} wait of the median getter {median:?}, of the last {most:?}");
            // Whoever loses its core waits some time slices, whatever the queue does.
            let least = Duration::from_millis(100);
            let is_fair = most <= least.max(median * 10);
            let is_checked = what == "worst" || is_long();
            assert!(is_fair || !is_checked, "{name}: {what} {waits:?}");
        }
    }
}
