//! The limit of a wake: a thread that sleeps in `epoll_wait` on one eventfd, and reads it.

#![forbid(unsafe_code)]

use super::Scale;
use super::wake::{Exchange, Sleeper, run};
use crate::measure::pin;
use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::fd::OwnedFd;
use std::sync::Arc;

struct Bare {
    epoll: OwnedFd,
    event: Arc<OwnedFd>,
}

impl Bare {
    fn new() -> Self {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll");
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).expect("an eventfd");
        epoll::add(
            &epoll,
            &event,
            epoll::EventData::new_u64(0),
            epoll::EventFlags::IN,
        )
        .expect("it can be watched");
        Self {
            epoll,
            event: Arc::new(event),
        }
    }
}

impl Sleeper for Bare {
    fn wake(&self) -> impl Fn() + Send + 'static {
        let event = Arc::clone(&self.event);
        move || {
            let written = rustix::io::write(&event, &1_u64.to_ne_bytes());
            assert_eq!(written, Ok(8), "an eventfd takes a one");
        }
    }

    fn take_turns(self, turns: u64, exchange: &Arc<Exchange>) {
        let _pinned = pin(0).expect("there is a first core");
        let mut events = Vec::with_capacity(1);
        for turn in 1..=turns {
            exchange.ready(turn);
            while events.is_empty() {
                epoll::wait(&self.epoll, spare_capacity(&mut events), None)
                    .expect("it can be waited for");
            }
            events.clear();
            rustix::io::read(&self.event, &mut [0_u8; 8]).expect("it is readable");
            assert!(exchange.is_sent(turn), "one wake a turn");
            exchange.ran();
        }
    }
}

/// From the write to the thread that it wakes.
pub(super) fn latency(scale: Scale) -> f64 {
    run(Bare::new(), scale.of(5_000), false).latency
}

/// What the writing thread pays.
pub(super) fn call(scale: Scale) -> f64 {
    run(Bare::new(), scale.of(5_000), false).call
}

/// To a thread that sleeps in a blocking read, and back.
pub(super) fn round_trip(scale: Scale) -> f64 {
    run(Bare::new(), scale.of(20_000), true).round_trip
}
