//! A loop of a few lines for unit tests: tasks and timers, no driver. Its clock jumps to the next timer
//! when nothing is ready, so that hours pass at once; without timers it sleeps until another thread wakes it.
#![forbid(unsafe_code)]

use std::panic::Location;
use std::pin::Pin;
use std::task::{Poll, Waker};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;

use super::{Clock, Context};
use crate::task::IoFirst;

/// Runs until `main` is done, then ends the loop.
#[track_caller]
pub(crate) fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let context = Context::new(Clock::System, 1);
    let _guard = context.enter();
    let mut main = context.tasks.spawn(main, Location::caller());
    turn_until(&context, || main.is_finished());
    let mut cx = std::task::Context::from_waker(Waker::noop());
    let Poll::Ready(output) = Pin::new(&mut main).poll(&mut cx) else {
        unreachable!("it is finished")
    };
    context.tasks.close();
    assert_eq!(context.tasks.live(), 0);
    output.unwrap_or_else(|error| error.resume_unwind())
}

/// Turns the loop until `done` holds.
pub(crate) fn turn_until(context: &Context, mut done: impl FnMut() -> bool) {
    let mut due = Vec::new();
    loop {
        context.timers.borrow_mut().expire(context.now(), &mut due);
        due.drain(..).for_each(|waker| waker.wake());
        context.tasks.drain_inbox();
        context.tasks.run_ready(64, || false, || IoFirst::No);
        if done() {
            return;
        }
        if context.tasks.has_ready() {
            continue;
        }
        let next = context.timers.borrow().next_deadline();
        match next {
            Some(next) => context.set_now(next.max(context.now())),
            None => sleep(context),
        }
    }
}

fn sleep(context: &Context) {
    if !context.tasks.try_sleep() {
        return;
    }
    let patience = Timespec {
        tv_sec: 60,
        tv_nsec: 0,
    };
    let fd = context.tasks.wake_fd();
    let ready = poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&patience)).unwrap();
    assert_eq!(ready, 1, "nothing woke the loop for a minute");
    context.tasks.awake();
    context.tasks.clear_wake();
}
