//! A wake from another thread. The two threads run on two cores; `limit.rs` does the same without a runtime.

#![forbid(unsafe_code)]

use super::Scale;
use super::runtime::Runtime;
use crate::measure::{median, pin};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use std::future::poll_fn;
use std::hint::spin_loop;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// How long the waking thread gives the other to fall asleep: longer than anybody spins.
const ASLEEP: Duration = Duration::from_micros(200);

/// What a run found, in nanoseconds.
pub(super) struct Found {
    /// From just before the wake until the woken code runs: median.
    pub(super) latency: f64,
    /// The wake itself, on the waking thread: median.
    pub(super) call: f64,
    /// From one turn to the next: mean.
    pub(super) round_trip: f64,
}

/// The side that sleeps and is woken again and again.
pub(super) trait Sleeper {
    /// What wakes it, for the other thread.
    fn wake(&self) -> impl Fn() + Send + 'static;

    /// In each turn: [`Exchange::ready`], sleeps until [`Exchange::is_sent`], [`Exchange::ran`].
    fn take_turns(self, turns: u64, exchange: &Arc<Exchange>);
}

/// What the two threads tell each other.
pub(super) struct Exchange {
    base: Instant,
    /// The turn whose sleeper is about to sleep.
    ready: AtomicU64,
    /// The turn whose wake was sent, and when.
    sent: AtomicU64,
    sent_at: AtomicU64,
    /// Wakes a partner that sleeps itself.
    partner: Option<OwnedFd>,
    latencies: Mutex<Vec<f64>>,
}

impl Exchange {
    /// The sleeper is about to sleep.
    pub(super) fn ready(&self, turn: u64) {
        self.ready.store(turn, Ordering::Release);
        if let Some(partner) = &self.partner {
            rustix::io::write(partner, &1_u64.to_ne_bytes()).expect("an eventfd takes a one");
        }
    }

    /// Whether this turn's wake was sent.
    pub(super) fn is_sent(&self, turn: u64) -> bool {
        self.sent.load(Ordering::Acquire) >= turn
    }

    /// The sleeper runs again.
    pub(super) fn ran(&self) {
        let latency = self.now() - self.sent_at.load(Ordering::Relaxed);
        self.latencies
            .lock()
            .expect("nobody panics here")
            .push(latency as f64);
    }

    fn now(&self) -> u64 {
        self.base.elapsed().as_nanos() as u64
    }

    /// The partner's side: waits until the sleeper is about to sleep.
    fn wait_for(&self, turn: u64) {
        if let Some(partner) = &self.partner {
            rustix::io::read(partner, &mut [0_u8; 8]).expect("a blocking read");
            return;
        }
        while self.ready.load(Ordering::Acquire) < turn {
            spin_loop();
        }
        let until = Instant::now() + ASLEEP;
        while Instant::now() < until {
            spin_loop();
        }
    }
}

/// Wakes a sleeper in `turns` turns, from a thread on the second core that waits for each turn spinning or asleep.
pub(super) fn run(sleeper: impl Sleeper, turns: usize, partner_sleeps: bool) -> Found {
    let partner = partner_sleeps.then(|| eventfd(0, EventfdFlags::CLOEXEC).expect("an eventfd"));
    let exchange = Arc::new(Exchange {
        base: Instant::now(),
        ready: AtomicU64::new(0),
        sent: AtomicU64::new(0),
        sent_at: AtomicU64::new(0),
        partner,
        latencies: Mutex::new(Vec::with_capacity(turns)),
    });
    let turns = turns as u64;
    let waking = thread::spawn({
        let (exchange, wake) = (Arc::clone(&exchange), sleeper.wake());
        move || {
            let _pinned = pin(1).expect("there is a second core");
            let call = |turn| {
                exchange.wait_for(turn);
                let began = exchange.now();
                exchange.sent_at.store(began, Ordering::Relaxed);
                exchange.sent.store(turn, Ordering::Release);
                wake();
                (exchange.now() - began) as f64
            };
            (1..=turns).map(call).collect::<Vec<_>>()
        }
    });
    let began = Instant::now();
    sleeper.take_turns(turns, &exchange);
    let round_trip = began.elapsed().as_nanos() as f64 / turns as f64;
    let calls = waking.join().expect("the waking thread does not panic");
    let latencies = exchange.latencies.lock().expect("nobody panics here");
    Found {
        latency: median(&latencies),
        call: median(&calls),
        round_trip,
    }
}

/// A task of a runtime's loop.
struct Task<R> {
    waker: Arc<Mutex<Option<Waker>>>,
    runtime: PhantomData<R>,
}

impl<R: Runtime + 'static> Sleeper for Task<R> {
    fn wake(&self) -> impl Fn() + Send + 'static {
        let waker = Arc::clone(&self.waker);
        move || {
            waker
                .lock()
                .expect("nobody panics here")
                .take()
                .expect("the sleeper is ready")
                .wake()
        }
    }

    fn take_turns(self, turns: u64, exchange: &Arc<Exchange>) {
        let exchange = Arc::clone(exchange);
        let task = async move {
            for turn in 1..=turns {
                let mut ready = false;
                poll_fn(|cx| {
                    if exchange.is_sent(turn) {
                        return Poll::Ready(());
                    }
                    if !ready {
                        *self.waker.lock().expect("nobody panics here") = Some(cx.waker().clone());
                        exchange.ready(turn);
                        ready = true;
                    }
                    Poll::Pending
                })
                .await;
                exchange.ran();
            }
            0
        };
        R::run(async move {
            let _pinned = pin(0).expect("there is a first core");
            R::spawn(task).await.expect("it ran to its end");
        });
    }
}

fn task<R: Runtime>() -> Task<R> {
    Task {
        waker: Arc::default(),
        runtime: PhantomData,
    }
}

/// From the wake to the woken task, when the loop sleeps.
pub(super) fn latency<R: Runtime + 'static>(scale: Scale) -> f64 {
    run(task::<R>(), scale.of(5_000), false).latency
}

/// What the waking thread pays for it.
pub(super) fn call<R: Runtime + 'static>(scale: Scale) -> f64 {
    run(task::<R>(), scale.of(5_000), false).call
}

/// To a thread that sleeps in a blocking read, and back to the loop, which sleeps meanwhile.
pub(super) fn round_trip<R: Runtime + 'static>(scale: Scale) -> f64 {
    run(task::<R>(), scale.of(20_000), true).round_trip
}
