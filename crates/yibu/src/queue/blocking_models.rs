//! Models of the forms that block a thread, explored by loom as those in `models.rs`, whose command runs them too. A thread waits here as in the program, in `rt::park`, but that it does not look before it sleeps.
//!
//! What `models.rs` leaves out: the first step of each blocking form, which looks once and takes no lock; what a kill leaves behind; and a wait that was served while it was killed.
#![forbid(unsafe_code)]

use loom::model::Builder;
use loom::thread;

use super::models::{PREEMPTIONS, block_on};
use super::{GetError, PutError, Queue, Shutdown, TryGetError};
use crate::rt::park::current;

fn model(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.max_branches = 10_000;
    builder.check(f);
}

/// Lets this thread be killed, and kills it, at any time. Its waits do not unwind but return: loom runs all threads of a model on one, so that the others would see it panic.
fn to_be_killed() -> thread::JoinHandle<()> {
    let parker = current();
    parker.end();
    thread::spawn(move || parker.kill())
}

/// Takes the lock. Without that, loom does not come to try that the other thread waits in line before this one's first step: of what was planted, a get at once that serves nobody was then missed.
fn look(queue: &Queue<u32>) {
    queue.stats();
}

/// The get waits or not; the put at once is all that could wake it.
#[test]
fn loom_queue_blocking_get_and_a_put_at_once() {
    for make in [|| Queue::fifo(1), Queue::unbounded] {
        model(move || {
            let queue: Queue<u32> = make();
            let gets = thread::spawn({
                let queue = queue.clone();
                move || queue.get_blocking()
            });
            look(&queue);
            queue.put_blocking(1).unwrap();
            assert_eq!(gets.join().unwrap(), Ok(1));
        });
    }
}

/// The put waits for room or not; the get at once is all that could let it in.
#[test]
fn loom_queue_blocking_put_and_a_get_at_once() {
    model(|| {
        let queue = Queue::fifo(1);
        queue.try_put(1).unwrap();
        let puts = thread::spawn({
            let queue = queue.clone();
            move || queue.put_blocking(2).unwrap()
        });
        look(&queue);
        assert_eq!(queue.get_blocking(), Ok(1));
        puts.join().unwrap();
        assert_eq!(queue.try_get(), Ok(2));
    });
}

#[test]
fn loom_queue_blocking_one_to_one() {
    for make in [|| Queue::fifo(1), Queue::rendezvous] {
        model(move || {
            let queue: Queue<u32> = make();
            let puts = thread::spawn({
                let queue = queue.clone();
                move || (1..=2).for_each(|item| queue.put_blocking(item).unwrap())
            });
            assert_eq!(queue.get_blocking(), Ok(1));
            assert_eq!(queue.get_blocking(), Ok(2));
            puts.join().unwrap();
        });
    }
}

/// A put at once beside a shutdown is in, and can be got, or fails.
#[test]
fn loom_queue_blocking_put_beside_a_shutdown() {
    model(|| {
        let queue = Queue::fifo(1);
        let puts = thread::spawn({
            let queue = queue.clone();
            move || queue.put_blocking(1)
        });
        queue.shutdown(Shutdown::Drain);
        let got = queue.try_get();
        let put = puts.join().unwrap();
        assert!(put == Ok(()) || put == Err(PutError::Shutdown(1)));
        assert_eq!(got.is_ok(), put.is_ok(), "nothing goes in after the end");
        assert_eq!(queue.get_blocking(), Err(GetError::Shutdown));
    });
}

/// A get is killed before it waits, while it waits, or when it has been served and has not seen it: it has the item, or the item is there for others.
#[test]
fn loom_queue_blocking_get_is_killed() {
    for make in [|| Queue::fifo(1), Queue::rendezvous] {
        model(move || {
            let queue: Queue<u32> = make();
            let killer = to_be_killed();
            let puts = thread::spawn({
                let queue = queue.clone();
                move || block_on(queue.put(1)).unwrap()
            });
            let got = queue.get_blocking();
            if got == Err(GetError::Killed) {
                // A thread that is killed waits no more.
                assert_eq!(block_on(queue.get()), Ok(1));
            } else {
                assert_eq!(got, Ok(1));
            }
            killer.join().unwrap();
            puts.join().unwrap();
            assert_eq!(queue.try_get(), Err(TryGetError::Empty));
            let stats = queue.stats();
            assert_eq!((stats.waiting_getters, stats.puts, stats.gets), (0, 1, 1));
        });
    }
}

/// The same of a get of many.
#[test]
fn loom_queue_blocking_get_many_is_killed() {
    model(|| {
        let queue = Queue::fifo(1);
        let killer = to_be_killed();
        let puts = thread::spawn({
            let queue = queue.clone();
            move || queue.try_put(1).unwrap()
        });
        let mut items = Vec::new();
        let got = queue.get_many_blocking(&mut items, 2);
        assert_eq!(got.unwrap_or(0), items.len());
        killer.join().unwrap();
        puts.join().unwrap();
        assert_eq!(queue.try_get().is_err(), items == [1], "it is in one place");
        assert_eq!(queue.stats().waiting_getters, 0);
    });
}

/// A put is killed: its item is in, or comes back.
#[test]
fn loom_queue_blocking_put_is_killed() {
    model(|| {
        let queue = Queue::fifo(1);
        queue.try_put(1).unwrap();
        let killer = to_be_killed();
        let gets = thread::spawn({
            let queue = queue.clone();
            move || queue.try_get().unwrap()
        });
        let put = queue.put_blocking(2);
        assert_eq!(gets.join().unwrap(), 1);
        killer.join().unwrap();
        assert!(put == Ok(()) || put == Err(PutError::Killed(2)), "{put:?}");
        assert_eq!(queue.try_get().is_ok(), put.is_ok());
        assert_eq!(queue.stats().waiting_putters, 0);
    });
}
