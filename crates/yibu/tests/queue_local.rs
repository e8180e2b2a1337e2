//! The queues of one loop do what the shared ones do: random traces on both agree in what each future returns, in whom is woken and when, and in the counts.
//!
//! `YIBU_TEST_SEED` repeats the random choices, `YIBU_TEST_LONG=1` takes ten times as many.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)] // What a test chose at random.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use yibu::queue::{GetError, Queue, Shutdown, Stats, local};

fn locals(capacity: usize) -> [(&'static str, local::Queue<Rc<u32>>); 4] {
    [
        ("fifo", local::Queue::fifo(capacity)),
        ("lifo", local::Queue::lifo(capacity)),
        ("priority", local::Queue::priority(capacity)),
        ("rendezvous", local::Queue::rendezvous()),
    ]
}

#[test]
fn local_between_two_tasks() {
    for (name, queue) in locals(2) {
        yibu::run(async {
            let there = queue.clone();
            let puts = yibu::spawn(async move {
                for item in 0..100 {
                    there.put(Rc::new(item)).await.unwrap();
                }
                there.join().await;
                there.shutdown(Shutdown::Drain);
            });
            let mut sum = 0;
            while let Ok(item) = queue.get().await {
                sum += *item;
                queue.task_done().unwrap();
            }
            puts.await.unwrap();
            assert_eq!(sum, 99 * 50, "{name}");
            assert_eq!(queue.stats().gets, 100, "{name}");
        });
    }
}

#[test]
fn local_halves_and_many() {
    let (sender, receiver) = local::Queue::unbounded().split();
    yibu::run(async {
        for item in 0..10 {
            sender.put(item).await.unwrap();
        }
        drop(sender);
        let mut items = Vec::new();
        assert_eq!(receiver.get_many(&mut items, 6).await, Ok(6));
        assert_eq!(receiver.get_many(&mut items, 6).await, Ok(4));
        assert_eq!(
            receiver.get_many(&mut items, 6).await,
            Err(GetError::Shutdown)
        );
        assert!(items.into_iter().eq(0..10));
    });
}

#[test]
fn local_peaks_are_remembered() {
    for (name, queue) in locals(8) {
        let there_are = if name == "rendezvous" { 0 } else { 5 };
        for item in 0..there_are {
            queue.try_put(Rc::new(item)).unwrap();
        }
        for _ in 0..there_are {
            queue.try_get().unwrap();
        }
        assert_eq!(queue.stats().peak, there_are as usize, "{name}");
    }
}

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

/// What a step does; the number chooses among the futures that there are.
#[derive(Clone, Copy, Debug)]
enum Step {
    Put,
    Get,
    Many,
    Join,
    TryPut,
    TryGet,
    Poll(usize),
    Drop(usize),
    Done,
    ShutDown(Shutdown),
}

fn steps(random: &Random) -> Vec<Step> {
    let which = || random.below(64) as usize;
    let step = || match random.below(100) {
        0..18 => Step::Put,
        18..36 => Step::Get,
        36..40 => Step::Many,
        40..43 => Step::Join,
        43..50 => Step::TryPut,
        50..57 => Step::TryGet,
        57..85 => Step::Poll(which()),
        85..92 => Step::Drop(which()),
        92..98 => Step::Done,
        98 => Step::ShutDown(Shutdown::Drain),
        _ => Step::ShutDown(Shutdown::Immediate),
    };
    (0..60).map(|_| step()).collect()
}

thread_local! {
    /// Uses the queue of the trace: what every waker does when it is called and when it is dropped, so no borrow or lock may be held then. (Cloned: `queue_wakers.rs`.)
    static USE: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// The waker of one poll.
struct Notes {
    who: usize,
    poll: usize,
    log: Arc<Mutex<Vec<String>>>,
}

impl Notes {
    fn note(&self, what: &str) {
        USE.with_borrow(|f| f.as_ref().map(|f| f()));
        let note = format!("  {what} {} by its waker of {}", self.who, self.poll);
        self.log.lock().unwrap().push(note);
    }
}

impl Wake for Notes {
    fn wake(self: Arc<Self>) {
        self.note("wakes");
    }
}

/// When nobody has the waker any more: a queue keeps none longer than another.
impl Drop for Notes {
    fn drop(&mut self) {
        self.note("forgets");
    }
}

/// Without the peak where a shared queue only estimates it.
fn exact(mut stats: Stats, has_ring: bool) -> String {
    if has_ring {
        stats.peak = 0;
    }
    format!("  {stats:?}")
}

type Waiting<'a> = (usize, Pin<Box<dyn Future<Output = String> + 'a>>);

/// What happens on a queue, step by step. The same text for both kinds of queue, which have no trait in common.
macro_rules! trace {
    ($queue:expr, $steps:expr, $has_ring:expr) => {{
        let queue = $queue;
        let log = Arc::new(Mutex::new(Vec::new()));
        let note = |text: String| log.lock().unwrap().push(text);
        let again = queue.clone();
        USE.set(Some(Box::new(move || assert!(again.stats().puts < 1000))));
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        for (number, step) in $steps.iter().copied().enumerate() {
            note(format!("{number}: {step:?}"));
            let mut poll = None;
            let mut new = |future| {
                waiting.push((number, future));
                poll = Some(waiting.len() - 1);
            };
            match step {
                Step::Put => {
                    let put = queue.put(number as u32);
                    new(Box::pin(async { format!("{:?}", put.await) }));
                }
                Step::Get => {
                    let get = queue.get();
                    new(Box::pin(async { format!("{:?}", get.await) }));
                }
                Step::Many => new(Box::pin(async {
                    let mut items = Vec::new();
                    format!("{:?} {items:?}", queue.get_many(&mut items, 3).await)
                })),
                Step::Join => new(Box::pin(async { format!("{:?}", queue.join().await) })),
                Step::TryPut => note(format!("  {:?}", queue.try_put(number as u32))),
                Step::TryGet => note(format!("  {:?}", queue.try_get())),
                Step::Done => note(format!("  {:?}", queue.task_done())),
                Step::ShutDown(how) => queue.shutdown(how),
                Step::Poll(which) => poll = which.checked_rem(waiting.len()),
                Step::Drop(which) => {
                    if let Some(which) = which.checked_rem(waiting.len()) {
                        let (who, gone) = waiting.remove(which);
                        note(format!("  drops {who}"));
                        drop(gone);
                    }
                }
            }
            if let Some(which) = poll {
                let (who, future) = &mut waiting[which];
                let waker = Waker::from(Arc::new(Notes {
                    who: *who,
                    poll: number,
                    log: Arc::clone(&log),
                }));
                let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                note(format!("  {who} is {polled:?}"));
                if polled.is_ready() {
                    drop(waiting.remove(which));
                }
            }
            note(exact(queue.stats(), $has_ring));
        }
        drop(waiting);
        note(exact(queue.stats(), $has_ring));
        USE.set(None);
        log.lock().unwrap().split_off(0)
    }};
}

#[test]
fn a_local_queue_does_what_a_shared_one_does() {
    let seed = match std::env::var("YIBU_TEST_SEED") {
        Ok(seed) => seed.parse().expect("YIBU_TEST_SEED is a number"),
        Err(_) => std::process::id().into(),
    };
    let long = std::env::var("YIBU_TEST_LONG").is_ok_and(|value| value == "1");
    println!("YIBU_TEST_SEED={seed}");
    let random = Random::new(seed);
    for number in 0..if long { 20_000 } else { 2_000 } {
        let (steps, capacity) = (steps(&random), 1 + random.below(3) as usize);
        let kind = ["fifo", "lifo", "priority", "rendezvous", "unbounded"][number % 5];
        let has_ring = matches!(kind, "fifo" | "unbounded");
        let (of_local, of_shared) = match kind {
            "fifo" => (
                trace!(local::Queue::fifo(capacity), steps, has_ring),
                trace!(Queue::fifo(capacity), steps, has_ring),
            ),
            "lifo" => (
                trace!(local::Queue::lifo(capacity), steps, has_ring),
                trace!(Queue::lifo(capacity), steps, has_ring),
            ),
            "priority" => (
                trace!(local::Queue::priority(capacity), steps, has_ring),
                trace!(Queue::priority(capacity), steps, has_ring),
            ),
            "rendezvous" => (
                trace!(local::Queue::rendezvous(), steps, has_ring),
                trace!(Queue::rendezvous(), steps, has_ring),
            ),
            _ => (
                trace!(local::Queue::unbounded(), steps, has_ring),
                trace!(Queue::unbounded(), steps, has_ring),
            ),
        };
        if let Some(at) = (0..of_local.len()).find(|&at| of_local.get(at) != of_shared.get(at)) {
            let both =
                |log: &[String]| log[at.saturating_sub(12)..log.len().min(at + 3)].join("\n");
            panic!(
                "trace {number}, {kind} of {capacity}, seed {seed}\nlocal:\n{}\nshared:\n{}",
                both(&of_local),
                both(&of_shared)
            );
        }
        assert_eq!(of_local.len(), of_shared.len());
    }
}
