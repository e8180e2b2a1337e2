//! Dropping futures at random awaits loses no item, doubles none, and strands nobody: between threads, between tasks, and between both.
//!
//! Puts and gets are polled a random number of times and dropped. Beside them are a put and a get on threads that are never dropped and must go on. `YIBU_TEST_SEED` repeats the random
//! choices (not the scheduling), `YIBU_TEST_LONG=1` takes ten times as many.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)] // What a test measured or chose at random.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use yibu::queue::{Queue, Shutdown};

/// Items put by each who puts.
const ITEMS: u32 = 2_000;

/// Numbers that follow from a seed (xorshift64*).
struct Random(Cell<u64>);

impl Random {
    fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }

    fn below(&self, limit: u64) -> u64 {
        let mut x = self.0.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.set(x);
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives a future on this thread, which sleeps in between.
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// The output of the future, unless it is not ready after the given number of polls.
async fn within<F: Future + Unpin>(polls: u64, future: &mut F) -> Option<F::Output> {
    let mut left = polls;
    poll_fn(|cx| {
        if let Poll::Ready(output) = Pin::new(&mut *future).poll(cx) {
            return Poll::Ready(Some(output));
        }
        left = left.saturating_sub(1);
        if left == 0 {
            return Poll::Ready(None);
        }
        // Comes back at once, or when the queue says so.
        if left.is_multiple_of(2) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}

/// Puts `ITEMS` items beginning with `first`, giving up and starting again.
async fn puts(queue: Queue<u32>, first: u32, random: Random, drops: Arc<AtomicUsize>) {
    for item in first..first + items() {
        let mut item = Some(item);
        while let Some(now) = item.take() {
            let mut put = queue.put(now);
            match within(1 + random.below(3), &mut put).await {
                Some(outcome) => outcome.unwrap(),
                None => {
                    drops.fetch_add(1, Ordering::Relaxed);
                    item = put.cancel();
                }
            }
            if random.below(8) == 0 {
                yibu_or_thread_yield().await;
            }
        }
    }
}

/// Gets until the end, giving up and starting again.
async fn gets(
    queue: Queue<u32>,
    got: Arc<Mutex<Vec<u32>>>,
    random: Random,
    drops: Arc<AtomicUsize>,
) {
    loop {
        let mut get = queue.get();
        match within(1 + random.below(3), &mut get).await {
            Some(Ok(item)) => got.lock().unwrap().push(item),
            Some(Err(_)) => return,
            None => {
                drops.fetch_add(1, Ordering::Relaxed);
            }
        }
        drop(get);
        if random.below(8) == 0 {
            yibu_or_thread_yield().await;
        }
    }
}

/// Lets others go on, wherever it is awaited.
async fn yibu_or_thread_yield() {
    let mut is_first = true;
    poll_fn(|cx| {
        if !std::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        thread::yield_now();
        Poll::Pending
    })
    .await;
}

fn items() -> u32 {
    ITEMS
        * if std::env::var_os("YIBU_TEST_LONG").is_some() {
            10
        } else {
            1
        }
}

fn check(name: &str, queue: &Queue<u32>) {
    let seed = std::env::var("YIBU_TEST_SEED").map_or_else(
        |_| u64::from(std::process::id()),
        |seed| seed.parse().expect("a number"),
    );
    println!("{name}: YIBU_TEST_SEED={seed}");
    let got = Arc::new(Mutex::new(Vec::new()));
    let drops = Arc::new(AtomicUsize::new(0));
    let random = |n: u64| Random::new(seed ^ n << 32);

    let mut putters = Vec::new();
    let mut getters = Vec::new();
    for n in 0..2 {
        let put = puts(queue.clone(), n * items(), random(n.into()), drops.clone());
        putters.push(thread::spawn(move || drive(put)));
        let get = gets(
            queue.clone(),
            got.clone(),
            random(10 + u64::from(n)),
            drops.clone(),
        );
        getters.push(thread::spawn(move || drive(get)));
    }
    // Two tasks of a loop.
    let (put_queue, get_queue) = (queue.clone(), queue.clone());
    let (put_drops, get_drops, get_got) = (drops.clone(), drops.clone(), got.clone());
    let (put_random, get_random) = (random(20), random(21));
    let (told, ended) = std::sync::mpsc::channel();
    let tasks = thread::spawn(move || {
        yibu::run(async move {
            let gets = yibu::spawn(gets(get_queue, get_got, get_random, get_drops));
            puts(put_queue, 2 * items(), put_random, put_drops).await;
            told.send(()).unwrap();
            gets.await.unwrap();
        });
    });
    // Those who are never dropped.
    let steady = queue.clone();
    putters.push(thread::spawn(move || {
        (3 * items()..4 * items()).for_each(|item| steady.put_blocking(item).unwrap());
    }));
    let (steady, steady_got) = (queue.clone(), got.clone());
    getters.push(thread::spawn(move || {
        steady
            .iter()
            .for_each(|item| steady_got.lock().unwrap().push(item));
    }));

    putters
        .into_iter()
        .for_each(|putter| putter.join().unwrap());
    ended.recv().unwrap();
    queue.shutdown(Shutdown::Drain);
    getters
        .into_iter()
        .for_each(|getter| getter.join().unwrap());
    tasks.join().unwrap();
    // A get that was served when the queue ended, and then dropped, gave its item back when all others had gone.
    let mut got = std::mem::take(&mut *got.lock().unwrap());
    got.extend(queue.iter());
    got.sort();
    assert!(
        got.iter().copied().eq(0..4 * items()),
        "{name}: lost or doubled"
    );
    let stats = queue.stats();
    assert_eq!(
        (stats.puts, stats.gets),
        (u64::from(4 * items()), u64::from(4 * items()))
    );
    assert_eq!(
        (stats.waiting_getters, stats.waiting_putters, stats.length),
        (0, 0, 0)
    );
    let drops = drops.load(Ordering::Relaxed);
    println!("{name}: {drops} futures were dropped");
    // Where there is much room, hardly anybody may have had to wait.
    assert!(
        ["unbounded", "fifo(64)"].contains(&name) || drops > 100,
        "{name}: only {drops} were dropped"
    );
}

#[test]
fn fifo() {
    check("fifo(1)", &Queue::fifo(1));
    check("fifo(3)", &Queue::fifo(3));
    check("fifo(64)", &Queue::fifo(64));
}

#[test]
fn unbounded() {
    check("unbounded", &Queue::unbounded());
}

#[test]
fn lifo() {
    check("lifo(2)", &Queue::lifo(2));
}

#[test]
fn priority() {
    check("priority(2)", &Queue::priority(2));
}

#[test]
fn rendezvous() {
    check("rendezvous", &Queue::rendezvous());
}
