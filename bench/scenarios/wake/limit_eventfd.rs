//! No runtime: a thread that sleeps in `epoll_wait` on one eventfd, and reads it.
#![forbid(unsafe_code)]

use super::scenario::{Exchange, run};
use crate::contestant::Contestant;
use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::fd::OwnedFd;
use std::sync::Arc;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| run(orders, sleeper));

fn sleeper() -> (impl Fn() + Send + 'static, impl FnOnce(&Arc<Exchange>)) {
    let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
    let event = Arc::new(event.expect("an eventfd"));
    let wake = {
        let event = Arc::clone(&event);
        move || {
            let written = rustix::io::write(&event, &1_u64.to_ne_bytes());
            assert_eq!(written, Ok(8), "an eventfd takes a one");
        }
    };
    (wake, move |exchange: &Arc<Exchange>| {
        take_turns(&event, exchange);
    })
}

fn take_turns(event: &OwnedFd, exchange: &Exchange) {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll");
    let data = epoll::EventData::new_u64(0);
    epoll::add(&epoll, event, data, epoll::EventFlags::IN).expect("it can be watched");
    let mut events = Vec::with_capacity(1);
    for turn in 1..=exchange.turns {
        exchange.ready(turn);
        while events.is_empty() {
            epoll::wait(&epoll, spare_capacity(&mut events), None).expect("it can be waited for");
        }
        events.clear();
        rustix::io::read(event, &mut [0_u8; 8]).expect("it is readable");
        assert!(exchange.is_sent(turn), "one wake a turn");
        exchange.ran();
    }
}
