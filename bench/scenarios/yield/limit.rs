//! No runtime: a queue of boxed futures, polled in turn with a waker that does nothing.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::{Contestant, Done, Stopwatch};
use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| run(orders, work));

/// Gives way once.
#[derive(Default)]
struct GiveWay(bool);

impl Future for GiveWay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

async fn switch(each: u64) -> u64 {
    for _ in 0..each {
        GiveWay::default().await;
    }
    each
}

fn work(tasks: u64, each: u64) -> Done {
    let boxed = |_| Box::pin(switch(black_box(each))) as Pin<Box<dyn Future<Output = u64>>>;
    let mut queue: VecDeque<_> = (0..tasks).map(boxed).collect();
    let mut context = Context::from_waker(Waker::noop());
    let mut sum = 0;
    let began = Stopwatch::start();
    while let Some(mut task) = queue.pop_front() {
        match task.as_mut().poll(&mut context) {
            Poll::Ready(number) => sum += number,
            Poll::Pending => queue.push_back(task),
        }
    }
    began.done(sum)
}
