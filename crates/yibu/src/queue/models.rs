//! Models of the ring, of its chain, and of whole queues, explored by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p yibu --lib --release loom_queue
//! ```
//!
//! Each explores every interleaving with at most [`PREEMPTIONS`] preemptions, or, with three threads around a ring, as many of them as [`PART`] leaves time for: each load that may see an older value is a choice
//! too, so they are too many. What they check: an item is in one thread's hands at a time (loom's cells see each access to a slot); nothing is lost, doubled or overtaken; nobody sleeps beside an item or beside
//! room (loom reports that as a deadlock); after a shutdown nothing goes in, and what went in is accounted for; whoever stops waiting strands nobody.
//!
//! loom takes each read-modify-write as it is written. The compiler does not: see [`Ring::touch_tail`].
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use loom::model::Builder;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::ring::{Got, Refused, Ring};
use super::{GetError, Queue, Shutdown, TryGetError};

/// Nearly every known error of concurrent programs shows with two (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007): each of two threads is
/// interrupted once at the wrong place.
pub(super) const PREEMPTIONS: usize = 2;
/// How long the models with three threads around a ring are explored: each load that may see several values is a choice, so there are too many to take them all.
const PART: Duration = Duration::from_secs(3);

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.max_branches = 10_000;
    builder
}

fn model(f: impl Fn() + Send + Sync + 'static) {
    builder().check(f);
}

/// As [`model`], not to its end.
fn model_in_part(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = builder();
    builder.max_duration = Some(PART);
    builder.check(f);
}

/// A thread that sleeps until it is woken.
struct Sleeper {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Sleeper {
    fn wake(self: StdArc<Self>) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_one();
    }
}

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let sleeper = StdArc::new(Sleeper {
        woken: Mutex::new(false),
        changed: Condvar::new(),
    });
    let waker = Waker::from(sleeper.clone());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut woken = sleeper.woken.lock().unwrap();
        while !*woken {
            woken = sleeper.changed.wait(woken).unwrap();
        }
        *woken = false;
    }
}

/// Polls once, for a waker that does nothing.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn ring(size_log: u32, capacity: u64) -> Arc<Ring<Box<u32>>> {
    Arc::new(Ring::new(size_log, capacity, 0, 0, 0))
}

/// Puts, trying again while the ring is full; says whether it did before the ring was closed.
fn put(ring: &Ring<Box<u32>>, item: u32) -> bool {
    loop {
        match ring.put(Box::new(item), || ring.gets()) {
            Ok(()) => return true,
            Err(Refused::Closed(_)) => return false,
            Err(Refused::Full(_) | Refused::NoSlot(_)) => thread::yield_now(),
        }
    }
}

fn get(ring: &Ring<Box<u32>>) -> Option<u32> {
    loop {
        match ring.get() {
            Got::Item(item) => return Some(*item),
            Got::Nothing => thread::yield_now(),
            Got::Ended => return None,
        }
    }
}

#[test]
fn loom_queue_ring_of_one_slot() {
    model(|| {
        let ring = ring(0, 1);
        let other = thread::spawn({
            let ring = ring.clone();
            move || put(&ring, 1) && put(&ring, 2)
        });
        assert_eq!([get(&ring), get(&ring)], [Some(1), Some(2)]);
        assert!(other.join().unwrap());
    });
}

#[test]
fn loom_queue_ring_two_putters_for_one_slot() {
    model(|| {
        let ring = ring(0, 1);
        let attempt = |ring: &Ring<_>, item| ring.put(Box::new(item), || ring.gets()).is_ok();
        let other = thread::spawn({
            let ring = ring.clone();
            move || attempt(&ring, 1)
        });
        let (mine, theirs) = (attempt(&ring, 2), other.join().unwrap());
        assert!(mine != theirs);
        assert_eq!(get(&ring), Some(if mine { 2 } else { 1 }));
    });
}

#[test]
fn loom_queue_ring_of_two_slots() {
    model(|| {
        let ring = ring(1, 2);
        let others = [1, 2].map(|item| {
            let ring = ring.clone();
            thread::spawn(move || put(&ring, item))
        });
        let got = [get(&ring), get(&ring)];
        assert!(
            got == [Some(1), Some(2)] || got == [Some(2), Some(1)],
            "{got:?}"
        );
        for other in others {
            assert!(other.join().unwrap());
        }
    });
}

#[test]
fn loom_queue_ring_with_less_capacity_than_slots() {
    model(|| {
        let ring = ring(1, 1);
        let other = thread::spawn({
            let ring = ring.clone();
            move || {
                put(&ring, 1);
                put(&ring, 2);
            }
        });
        assert_eq!(get(&ring), Some(1));
        assert!(ring.puts() - ring.gets() <= 1);
        assert_eq!(get(&ring), Some(2));
        other.join().unwrap();
    });
}

#[test]
fn loom_queue_ring_two_getters() {
    model(|| {
        let ring = ring(0, 1);
        let other = thread::spawn({
            let ring = ring.clone();
            move || get(&ring)
        });
        put(&ring, 1);
        put(&ring, 2);
        let mine = get(&ring);
        let got = (mine, other.join().unwrap());
        assert!(
            got == (Some(1), Some(2)) || got == (Some(2), Some(1)),
            "{got:?}"
        );
    });
}

#[test]
fn loom_queue_ring_closed_beside_a_put() {
    model(|| {
        let ring = ring(1, 2);
        let other = thread::spawn({
            let ring = ring.clone();
            move || put(&ring, 1)
        });
        let puts = ring.close();
        let got = get(&ring);
        assert_eq!(got.is_some() as u64, puts);
        assert_eq!(other.join().unwrap(), got.is_some());
        assert_eq!(get(&ring), None);
    });
}

#[test]
fn loom_queue_ring_many_at_once() {
    model(|| {
        let ring = ring(1, 2);
        let other = thread::spawn({
            let ring = ring.clone();
            move || {
                put(&ring, 1);
                put(&ring, 2);
                put(&ring, 3);
            }
        });
        let mut items = Vec::new();
        while items.len() < 3 {
            if ring.get_many(&mut items, 2) == Got::Nothing {
                thread::yield_now();
            }
        }
        assert_eq!(items, [1, 2, 3].map(Box::new));
        other.join().unwrap();
    });
}

type Make = fn() -> Queue<u32>;

const FIFO: Make = || Queue::fifo(1);
const UNBOUNDED: Make = Queue::unbounded;
const LIFO: Make = || Queue::lifo(1);
const PRIORITY: Make = || Queue::priority(1);
const RENDEZVOUS: Make = Queue::rendezvous;

/// The same model of each flavour, as a test each.
macro_rules! of_each {
    ($($check:ident => [$($name:ident $make:ident $explore:ident,)*])*) => {
        $($(
            #[test]
            fn $name() {
                $explore(|| $check(&$make()));
            }
        )*)*
    };
}

of_each! {
    one_to_one => [
        loom_queue_fifo_one_to_one FIFO model,
        loom_queue_unbounded_one_to_one UNBOUNDED model,
        loom_queue_lifo_one_to_one LIFO model,
        loom_queue_priority_one_to_one PRIORITY model,
        loom_queue_rendezvous_one_to_one RENDEZVOUS model,
    ]
    a_put_waits_for_room => [
        loom_queue_fifo_put_waits FIFO model,
        loom_queue_lifo_put_waits LIFO model,
        loom_queue_priority_put_waits PRIORITY model,
    ]
    two_getters => [
        loom_queue_fifo_two_getters FIFO model_in_part,
        loom_queue_unbounded_two_getters UNBOUNDED model_in_part,
        loom_queue_lifo_two_getters LIFO model,
        loom_queue_rendezvous_two_getters RENDEZVOUS model,
    ]
    two_putters => [
        loom_queue_fifo_two_putters FIFO model_in_part,
        loom_queue_unbounded_two_putters UNBOUNDED model_in_part,
        loom_queue_lifo_two_putters LIFO model,
        loom_queue_rendezvous_two_putters RENDEZVOUS model,
    ]
    a_get_is_dropped => [
        loom_queue_fifo_get_dropped FIFO model,
        loom_queue_unbounded_get_dropped UNBOUNDED model,
        loom_queue_lifo_get_dropped LIFO model,
        loom_queue_priority_get_dropped PRIORITY model,
        loom_queue_rendezvous_get_dropped RENDEZVOUS model,
    ]
    a_get_is_dropped_beside_another => [
        loom_queue_fifo_get_dropped_beside_another FIFO model_in_part,
        loom_queue_unbounded_get_dropped_beside_another UNBOUNDED model_in_part,
        loom_queue_lifo_get_dropped_beside_another LIFO model,
        loom_queue_rendezvous_get_dropped_beside_another RENDEZVOUS model,
    ]
    a_put_is_dropped => [
        loom_queue_fifo_put_dropped FIFO model_in_part,
        loom_queue_lifo_put_dropped LIFO model,
        loom_queue_priority_put_dropped PRIORITY model,
    ]
    shut_down_beside_a_get => [
        loom_queue_fifo_shut_down_beside_a_get FIFO model_in_part,
        loom_queue_unbounded_shut_down_beside_a_get UNBOUNDED model_in_part,
        loom_queue_lifo_shut_down_beside_a_get LIFO model,
        loom_queue_rendezvous_shut_down_beside_a_get RENDEZVOUS model,
    ]
    shut_down_beside_a_put => [
        loom_queue_fifo_shut_down_beside_a_put FIFO model_in_part,
        loom_queue_unbounded_shut_down_beside_a_put UNBOUNDED model_in_part,
        loom_queue_lifo_shut_down_beside_a_put LIFO model,
    ]
    ended_at_once => [
        loom_queue_fifo_ended_at_once FIFO model_in_part,
        loom_queue_unbounded_ended_at_once UNBOUNDED model_in_part,
        loom_queue_lifo_ended_at_once LIFO model,
    ]
    halves => [
        loom_queue_fifo_halves FIFO model,
        loom_queue_rendezvous_halves RENDEZVOUS model,
    ]
}

fn one_to_one(queue: &Queue<u32>) {
    let other = thread::spawn({
        let queue = queue.clone();
        move || {
            block_on(queue.put(1)).unwrap();
            block_on(queue.put(2)).unwrap();
        }
    });
    assert_eq!(block_on(queue.get()), Ok(1));
    assert_eq!(block_on(queue.get()), Ok(2));
    other.join().unwrap();
    assert_eq!(
        (queue.stats().puts, queue.stats().gets, queue.len()),
        (2, 2, 0)
    );
}

/// There is no second get to make good what the first has missed.
fn a_put_waits_for_room(queue: &Queue<u32>) {
    queue.try_put(1).unwrap();
    let other = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.put(2)).unwrap()
    });
    assert_eq!(queue.try_get(), Ok(1));
    other.join().unwrap();
    assert_eq!(queue.try_get(), Ok(2));
}

fn two_getters(queue: &Queue<u32>) {
    let others = [(); 2].map(|()| {
        let queue = queue.clone();
        thread::spawn(move || block_on(queue.get()).unwrap())
    });
    block_on(queue.put(1)).unwrap();
    block_on(queue.put(2)).unwrap();
    let mut got = others.map(|other| other.join().unwrap());
    got.sort();
    assert_eq!(got, [1, 2]);
}

fn two_putters(queue: &Queue<u32>) {
    let others = [1, 2].map(|item| {
        let queue = queue.clone();
        thread::spawn(move || block_on(queue.put(item)).unwrap())
    });
    let mut got = [(); 2].map(|()| block_on(queue.get()).unwrap());
    got.sort();
    assert_eq!(got, [1, 2]);
    for other in others {
        other.join().unwrap();
    }
}

fn a_get_is_dropped(queue: &Queue<u32>) {
    let other = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.put(1)).unwrap()
    });
    let mut get = queue.get();
    let got = poll_once(&mut get);
    drop(get);
    if got.is_pending() {
        assert_eq!(block_on(queue.get()), Ok(1));
    }
    other.join().unwrap();
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(queue.stats().gets, 1);
}

fn a_get_is_dropped_beside_another(queue: &Queue<u32>) {
    let gives_up = thread::spawn({
        let queue = queue.clone();
        move || {
            let mut get = queue.get();
            poll_once(&mut get).is_ready()
        }
    });
    let waits = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.get()).unwrap()
    });
    block_on(queue.put(1)).unwrap();
    if gives_up.join().unwrap() {
        block_on(queue.put(2)).unwrap();
    }
    waits.join().unwrap();
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

fn a_put_is_dropped(queue: &Queue<u32>) {
    queue.try_put(1).unwrap();
    let gives_up = thread::spawn({
        let queue = queue.clone();
        move || {
            let mut put = queue.put(2);
            let _ = poll_once(&mut put);
            put.cancel().is_none()
        }
    });
    let waits = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.put(3)).unwrap()
    });
    let mut got = vec![
        block_on(queue.get()).unwrap(),
        block_on(queue.get()).unwrap(),
    ];
    let was_put = gives_up.join().unwrap();
    if was_put {
        got.push(block_on(queue.get()).unwrap());
    }
    waits.join().unwrap();
    got.sort();
    assert_eq!(got, if was_put { vec![1, 2, 3] } else { vec![1, 3] });
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

fn shut_down_beside_a_get(queue: &Queue<u32>) {
    let gets = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.get())
    });
    let puts = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.put(1)).is_ok()
    });
    queue.shutdown(Shutdown::Drain);
    let got = gets.join().unwrap();
    let was_put = puts.join().unwrap();
    let left = queue.try_get();
    assert_eq!(left.is_ok() as u32 + got.is_ok() as u32, was_put as u32);
    assert!(got == Ok(1) || got == Err(GetError::Shutdown));
    assert_eq!(queue.try_get(), Err(TryGetError::Shutdown));
}

fn shut_down_beside_a_put(queue: &Queue<u32>) {
    queue.try_put(1).unwrap();
    let puts = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.put(2)).is_ok()
    });
    let shuts = thread::spawn({
        let queue = queue.clone();
        move || queue.shutdown(Shutdown::Drain)
    });
    assert_eq!(block_on(queue.get()), Ok(1));
    shuts.join().unwrap();
    let was_put = puts.join().unwrap();
    assert_eq!(queue.try_get().is_ok(), was_put);
    assert_eq!(queue.try_get(), Err(TryGetError::Shutdown));
}

/// What is dropped counts as done; what was got is its getter's to report.
fn ended_at_once(queue: &Queue<u32>) {
    queue.try_put(1).unwrap();
    let gets = thread::spawn({
        let queue = queue.clone();
        move || {
            let got = block_on(queue.get());
            if got.is_ok() {
                queue.task_done().unwrap();
            }
        }
    });
    let joins = thread::spawn({
        let queue = queue.clone();
        move || block_on(queue.join())
    });
    queue.shutdown(Shutdown::Immediate);
    gets.join().unwrap();
    joins.join().unwrap();
    assert_eq!((queue.len(), queue.stats().unfinished), (0, 0));
    assert_eq!(queue.try_get(), Err(TryGetError::Shutdown));
}

fn halves(queue: &Queue<u32>) {
    let (sender, receiver) = queue.clone().split();
    let puts = thread::spawn(move || {
        block_on(sender.put(1)).unwrap();
    });
    assert_eq!(block_on(receiver.get()), Ok(1));
    assert_eq!(block_on(receiver.get()), Err(GetError::Shutdown));
    puts.join().unwrap();
}

#[test]
fn loom_queue_grows() {
    model(|| {
        // Rings of one slot and of two.
        let queue = Queue::unbounded();
        let other = thread::spawn({
            let queue = queue.clone();
            move || (1..=3).for_each(|item| queue.try_put(item).unwrap())
        });
        for item in 1..=3 {
            assert_eq!(block_on(queue.get()), Ok(item));
        }
        other.join().unwrap();
        assert_eq!(queue.len(), 0);
    });
}

#[test]
fn loom_queue_grows_beside_a_shutdown() {
    model(|| {
        let queue = Queue::unbounded();
        queue.try_put(1).unwrap();
        let other = thread::spawn({
            let queue = queue.clone();
            move || queue.try_put(2).is_ok()
        });
        queue.shutdown(Shutdown::Drain);
        assert_eq!(queue.try_get(), Ok(1));
        let was_put = other.join().unwrap();
        assert_eq!(queue.try_get().is_ok(), was_put);
    });
}

/// A put waits for room behind rings that are left: the get that makes room is the first in the next ring.
#[test]
fn loom_queue_put_waits_behind_rings() {
    model(|| {
        // Rings of one slot and of two.
        let queue = Queue::fifo(2);
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        assert_eq!(queue.try_get(), Ok(1));
        queue.try_put(3).unwrap();
        let other = thread::spawn({
            let queue = queue.clone();
            move || block_on(queue.put(4)).unwrap()
        });
        assert_eq!(queue.try_get(), Ok(2));
        other.join().unwrap();
        assert_eq!([queue.try_get(), queue.try_get()], [Ok(3), Ok(4)]);
    });
}

#[test]
fn loom_queue_two_putters_grow() {
    model_in_part(|| {
        let queue = Queue::unbounded();
        let others = [[10, 11], [20, 21]].map(|items| {
            let queue = queue.clone();
            thread::spawn(move || items.map(|item| queue.try_put(item).unwrap()))
        });
        let mut got: Vec<u32> = Vec::new();
        for _ in 0..4 {
            got.push(block_on(queue.get()).unwrap());
        }
        for other in others {
            other.join().unwrap();
        }
        for mine in [[10, 11], [20, 21]] {
            let seen: Vec<_> = got
                .iter()
                .copied()
                .filter(|item| mine.contains(item))
                .collect();
            assert_eq!(seen, mine);
        }
    });
}

/// A get is in line while a put is about to see it: what was put before that goes to it first, not what is put now.
#[test]
fn loom_queue_what_is_there_is_handed_first() {
    model(|| {
        let queue = Queue::unbounded();
        let other = thread::spawn({
            let queue = queue.clone();
            move || queue.try_put(1).unwrap()
        });
        let mut get = queue.get();
        if poll_once(&mut get).is_pending() && queue.len() == 1 {
            queue.try_put(2).unwrap();
            assert_eq!(block_on(get), Ok(1), "2 was put when 1 was there");
        }
        other.join().unwrap();
    });
}

/// The ring is empty, puts are in line, and nobody has moved their items in yet: a get takes the first of them from hand to hand.
#[test]
fn loom_queue_get_takes_from_a_put_in_line() {
    model(|| {
        let queue = Queue::fifo(1);
        queue.try_put(1).unwrap();
        let [mut second, mut third] = [2, 3].map(|item| queue.put(item));
        assert!(poll_once(&mut second).is_pending());
        assert!(poll_once(&mut third).is_pending());
        let other = thread::spawn({
            let queue = queue.clone();
            move || queue.try_get().ok()
        });
        let mine = queue.try_get().ok();
        let mut got: Vec<u32> = [mine, other.join().unwrap()]
            .into_iter()
            .flatten()
            .collect();
        got.sort();
        assert!(got == [1, 2] || got == [1], "{got:?}");
        block_on(second).unwrap();
        let stats = queue.stats();
        assert_eq!(stats.gets, got.len() as u64);
        assert_eq!(stats.puts - stats.gets, stats.length as u64);
        assert_eq!(stats.length + stats.waiting_putters, 3 - got.len());
        drop(third);
    });
}

#[test]
fn loom_queue_join() {
    model(|| {
        let queue = Queue::fifo(1);
        queue.try_put(1).unwrap();
        let works = thread::spawn({
            let queue = queue.clone();
            move || {
                block_on(queue.get()).unwrap();
                queue.task_done().unwrap();
            }
        });
        block_on(queue.join());
        assert_eq!(queue.stats().unfinished, 0);
        works.join().unwrap();
    });
}
