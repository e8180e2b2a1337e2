//! Bodies that await between their yields, on yibu's loop.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::RandomState;
use std::future::poll_fn;
use std::hash::BuildHasher as _;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use yibu::generator::GeneratorState::{Complete, Yielded};
use yibu::generator::{Co, ResumeError, StartError, generator};
use yibu::queue::Queue;
use yibu::time::sleep;

use super::{panic_of, poll_once, polls};

const SHORT: Duration = Duration::from_millis(2);

#[yibu::test]
async fn a_body_that_awaits_is_refused_where_nobody_can_wait_and_driven_on_where_one_can() {
    let before = Instant::now();
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        sleep(SHORT).await;
        let sent = co.yield_(1).await;
        sleep(SHORT).await;
        sent
    }));
    assert_eq!(g.as_mut().try_start(), Err(StartError::Foreign));
    assert_eq!(g.as_mut().try_start(), Err(StartError::Started));
    assert_eq!(g.as_mut().try_resume(9), Err(ResumeError::Foreign(Some(9))));
    assert_eq!(g.as_mut().continue_async().await, Yielded(1));
    assert_eq!(g.as_mut().try_resume(2), Err(ResumeError::Foreign(None)));
    assert_eq!(g.as_mut().continue_async().await, Complete(2));
    assert!(before.elapsed() >= 2 * SHORT);
    let text = panic_of(|| drop(g.as_mut().continue_async()));
    assert!(text.contains("awaits nothing"), "{text}");
}

#[yibu::test]
async fn a_generator_that_awaits_is_a_stream() {
    let numbers = Queue::fifo(4);
    let feed = numbers.clone();
    let feeding = yibu::spawn(async move {
        for n in 0..50 {
            feed.put(n).await.unwrap();
        }
    });
    let stream = generator(async |mut co: Co<'_, u32>| {
        for turn in 0..50 {
            let n = numbers.get().await.unwrap();
            if turn % 10 == 0 {
                sleep(SHORT).await;
            }
            co.yield_(n * 2).await;
        }
    });
    let stream = pin!(stream);
    let mut stream = stream.stream();
    let mut got = Vec::new();
    while let Some(n) = next(Pin::new(&mut stream)).await {
        got.push(n);
    }
    assert!(got.into_iter().eq((0..50).map(|n| n * 2)));
    assert_eq!(next(Pin::new(&mut stream)).await, None, "for ever");
    feeding.await.unwrap();
}

async fn next<S: Stream>(mut stream: Pin<&mut S>) -> Option<S::Item> {
    poll_fn(|cx| stream.as_mut().poll_next(cx)).await
}

#[yibu::test]
async fn a_boxed_one_is_a_stream_too() {
    let mut stream = generator(async |mut co: Co<'_, u32>| {
        sleep(SHORT).await;
        co.yield_all([1, 2]).await;
    })
    .boxed_local()
    .into_stream();
    let mut got = Vec::new();
    while let Some(n) = next(Pin::new(&mut stream)).await {
        got.push(n);
    }
    assert_eq!(got, [1, 2]);
}

/// Awaits at the bottom of each way of delegating reach the loop, and sends go past them.
#[yibu::test]
async fn awaits_within_delegation() {
    async fn inner(mut co: Co<'_, u32, u32>) -> u32 {
        sleep(SHORT).await;
        let sent = co.yield_(1).await;
        sleep(SHORT).await;
        sent
    }
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        let a = inner(co.reborrow()).await;
        let b = co
            .delegate(|mut co| async move {
                co.delegate(|mut co| async move { inner(co.reborrow()).await })
                    .await
            })
            .await;
        let below = pin!(generator(inner));
        a + b + co.yield_from(below).await
    }));
    assert_eq!(g.as_mut().start_async().await, Yielded(1));
    assert_eq!(g.as_mut().resume_async(100).await, Yielded(1));
    assert_eq!(g.as_mut().resume_async(20).await, Yielded(1));
    assert_eq!(g.as_mut().resume_async(3).await, Complete(123));
}

/// Futures of resumes are polled so often, and dropped; all values arrive, in order.
#[yibu::test]
async fn dropping_a_resume_loses_nothing() {
    let seed = match std::env::var("YIBU_TEST_SEED") {
        Ok(text) => text.parse().expect("YIBU_TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one(0),
    };
    eprintln!("YIBU_TEST_SEED={seed}");
    let random = Cell::new(seed | 1);
    let below = |limit: u64| {
        let mut x = random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        random.set(x);
        (x >> 32) % limit
    };
    let received = RefCell::new(Vec::new());
    let mut g = pin!(generator(async |mut co: Co<'_, u64, u64>| {
        for n in 0.. {
            polls(below(4) as u32).await;
            let sent = co.yield_(n).await;
            polls(below(4) as u32).await;
            received.borrow_mut().push(sent);
        }
    }));
    let mut drops = 0;
    for n in 0..1_000_u64 {
        let mut first = true;
        let state = loop {
            // Sent once; if it was dropped before it was polled, sent again.
            let is_awaiting = g.is_started() && !first;
            let mut resume = match (n, is_awaiting) {
                (0, false) => g.as_mut().start_async(),
                (_, false) => g.as_mut().resume_async(n - 1),
                (_, true) => g.as_mut().continue_async(),
            };
            let mut ready = None;
            for _ in 0..below(4) {
                first = false;
                ready = poll_once(&mut resume).await;
                if ready.is_some() {
                    break;
                }
            }
            drops += 1;
            match ready {
                Some(state) => break state,
                None => yibu::yield_now().await,
            }
        };
        assert_eq!(state, Yielded(n));
    }
    assert!(drops > 1_500, "{drops}");
    assert!(received.take().into_iter().eq(0..999));
}

/// The yield waits beside something else, which comes first; the value waits with the resume meanwhile.
#[yibu::test]
async fn a_resume_keeps_its_value_until_the_body_takes_it() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        let mut waits = co.yield_(1);
        poll_once(&mut waits).await;
        polls(3).await;
        waits.await
    }));
    assert_eq!(g.as_mut().start(), Yielded(1));
    assert_eq!(g.as_mut().resume_async(5).await, Complete(5));
}

#[yibu::test]
async fn a_resume_that_is_polled_after_it_was_ready_says_so_and_changes_nothing() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        polls(1).await;
        co.yield_(1).await
    }));
    let mut start = g.as_mut().start_async();
    let state = poll_fn(|cx| Pin::new(&mut start).poll(cx)).await;
    assert_eq!(state, Yielded(1));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let text = panic_of(|| match Pin::new(&mut start).poll(&mut context) {
        Poll::Ready(_) => "ready",
        Poll::Pending => "pending",
    });
    assert!(text.contains("after it was ready"), "{text}");
    assert_eq!(g.as_mut().try_resume(5), Ok(Complete(5)));
}

/// What a timer or a queue keeps of a resume that is dropped harms nobody.
#[yibu::test]
async fn wakers_outlive_the_poll_that_lent_them() {
    let queue = Queue::<u32>::fifo(1);
    let mut g = generator(async |mut co: Co<'_, u32>| {
        let got = queue.get().await.unwrap();
        co.yield_(got).await;
    })
    .boxed_local();
    assert!(poll_once(&mut g.start_async()).await.is_none());
    queue.put(7).await.unwrap();
    assert_eq!(g.continue_async().await, Yielded(7));
    drop(g);

    let mut g = generator(async |_co: Co<'_, u32>| queue.get().await).boxed_local();
    assert!(poll_once(&mut g.start_async()).await.is_none());
    g.close();
    queue.put(8).await.unwrap();
    assert_eq!(
        queue.get().await,
        Ok(8),
        "the body that was dropped did not take it"
    );
}

/// A waker that a body keeps wakes the task that drives it, also when there are generators between.
#[yibu::test]
async fn wakes_pass_through_generators() {
    let queue = Queue::<u32>::fifo(1);
    let feed = queue.clone();
    let feeding = yibu::spawn(async move {
        yibu::yield_now().await;
        feed.put(1).await.unwrap();
    });
    let mut outer = pin!(generator(async |mut co: Co<'_, u32>| {
        let mut inner = pin!(generator(async |mut co: Co<'_, u32>| {
            let got = queue.get().await.unwrap();
            co.yield_(got).await;
        }));
        let Yielded(got) = inner.as_mut().start_async().await else {
            panic!()
        };
        co.yield_(got + 1).await;
    }));
    assert_eq!(outer.as_mut().start_async().await, Yielded(2));
    feeding.await.unwrap();
}
