//! No runtime: boxed futures in a queue, polled with a waker that does nothing. Whoever has tasks of several types, and lets them wait, must allocate and queue as
//! much.
#![forbid(unsafe_code)]

use super::scenario::{AT_ONCE, Shape, run};
use crate::contestant::{Contestant, Done, Stopwatch};
use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| run(orders, work));

type Queue = VecDeque<Pin<Box<dyn Future<Output = u64>>>>;

fn work(shape: Shape, count: u64) -> Done {
    let (times, at_once) = match shape {
        Shape::OneByOne => (count, 1),
        Shape::AllAtOnce => (count, AT_ONCE),
    };
    let mut queue = Queue::with_capacity(at_once as usize);
    let mut sum = 0;
    let began = Stopwatch::start();
    for time in 0..times {
        for index in 0..at_once {
            let index = if at_once == 1 { time } else { index };
            queue.push_back(Box::pin(async move { black_box(index) }));
        }
        sum += run_all(black_box(&mut queue));
    }
    began.done(sum)
}

fn run_all(queue: &mut Queue) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let mut sum = 0;
    while let Some(mut task) = queue.pop_front() {
        match task.as_mut().poll(&mut context) {
            Poll::Ready(number) => sum += number,
            Poll::Pending => queue.push_back(task),
        }
    }
    sum
}
