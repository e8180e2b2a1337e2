//! What is done on one thread: switching, spawning, timers. Nanoseconds of the thread's CPU time for one, so that another
//! program on the same core counts for little.

#![forbid(unsafe_code)]

use super::Scale;
use super::runtime::Runtime;
use crate::measure::{pin, thread_cpu};
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// One `yield_now` of one of `TASKS` tasks that do nothing else.
pub(super) fn switch<R: Runtime, const TASKS: usize>(scale: Scale) -> f64 {
    let each = scale.of(3_000_000).div_ceil(TASKS);
    measured::<R>(TASKS * each, async move || {
        let yielding = |_| {
            R::spawn(async move {
                for _ in 0..each {
                    R::yield_now().await;
                }
                each
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(yielding).collect();
        let began = thread_cpu();
        for task in tasks {
            assert_eq!(task.await.expect("it ran to its end"), each);
        }
        thread_cpu() - began
    })
}

/// A task spawned and joined, then the next.
pub(super) fn spawn_and_join<R: Runtime>(scale: Scale) -> f64 {
    let count = scale.of(1_000_000);
    measured::<R>(count, async move || {
        let began = thread_cpu();
        for index in 0..count {
            assert_eq!(
                R::spawn(async move { black_box(index) })
                    .await
                    .expect("it ran to its end"),
                index
            );
        }
        thread_cpu() - began
    })
}

/// 10,000 tasks spawned, then joined: each of them.
pub(super) fn spawn_all<R: Runtime>(scale: Scale) -> f64 {
    const TASKS: usize = 10_000;
    let times = scale.of(50);
    measured::<R>(TASKS * times, async move || {
        let mut tasks = Vec::with_capacity(TASKS);
        let began = thread_cpu();
        for _ in 0..times {
            tasks.extend((0..TASKS).map(|index| R::spawn(async move { black_box(index) })));
            for (index, task) in tasks.drain(..).enumerate() {
                assert_eq!(task.await.expect("it ran to its end"), index);
            }
        }
        thread_cpu() - began
    })
}

/// A timer set and cancelled while a million others are set.
pub(super) fn timer<R: Runtime>(scale: Scale) -> f64 {
    let (live, count) = (scale.of(1_000_000), scale.of(500_000));
    measured::<R>(count, async move || {
        let mut delays = Delays(1);
        let mut timers: Vec<_> = (0..live)
            .map(|_| Box::pin(R::sleep(delays.next())))
            .collect();
        // A timer is set when it is first polled.
        poll_fn(|cx| {
            for timer in &mut timers {
                assert!(timer.as_mut().poll(cx).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        poll_fn(|cx| {
            let began = thread_cpu();
            for _ in 0..count {
                assert!(pin!(R::sleep(delays.next())).poll(cx).is_pending());
            }
            Poll::Ready(thread_cpu() - began)
        })
        .await
    })
}

/// Delays between a minute and an hour, always the same ones.
struct Delays(u64);

impl Delays {
    fn next(&mut self) -> Duration {
        // Knuth's multiplier (The Art of Computer Programming, volume 2, 3.3.4); its high bits are the random ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Duration::from_millis(60_000 + (self.0 >> 33) % 3_540_000)
    }
}

/// Runs the work in a loop of its own on the first core; nanoseconds for each of `count`.
fn measured<R: Runtime>(count: usize, work: impl AsyncFnOnce() -> Duration + 'static) -> f64 {
    let cpu = R::run(async move {
        let _pinned = pin(0).expect("there is a first core");
        work().await
    });
    cpu.as_nanos() as f64 / count as f64
}
