//! No runtime: two boxed futures around a `RefCell<VecDeque>`, polled in turn with a waker that does nothing. What is left of a switch.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::queue::{Flavour, ROOM, Tally};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| {
    let room = match Flavour::of(orders.variant())? {
        Flavour::Bounded(capacity) => capacity,
        Flavour::Unbounded => ROOM,
    };
    orders.run(|items| work(room, items))
});

type Queue = Rc<RefCell<VecDeque<u64>>>;
type Task = Pin<Box<dyn Future<Output = u64>>>;

fn work(room: usize, items: u64) -> u64 {
    let queue = Queue::new(RefCell::new(VecDeque::with_capacity(room)));
    let mut putting: Task = Box::pin(put_all(Rc::clone(&queue), room, items));
    let mut getting: Task = Box::pin(get_all(queue, items));
    let mut context = Context::from_waker(Waker::noop());
    let mut put = Poll::Pending;
    loop {
        if put.is_pending() {
            put = black_box(&mut putting).as_mut().poll(&mut context);
        }
        if let Poll::Ready(sum) = black_box(&mut getting).as_mut().poll(&mut context) {
            return Tally { items, sum }.proof();
        }
    }
}

async fn put_all(queue: Queue, room: usize, items: u64) -> u64 {
    for item in 0..items {
        poll_fn(|_| {
            let mut queue = queue.borrow_mut();
            if queue.len() == room {
                return Poll::Pending;
            }
            queue.push_back(item);
            Poll::Ready(())
        })
        .await;
    }
    items
}

async fn get_all(queue: Queue, items: u64) -> u64 {
    let mut sum = 0_u64;
    for _ in 0..items {
        let get = poll_fn(|_| match queue.borrow_mut().pop_front() {
            Some(item) => Poll::Ready(item),
            None => Poll::Pending,
        });
        sum = sum.wrapping_add(get.await);
    }
    sum
}
