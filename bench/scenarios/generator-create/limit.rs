//! A state machine written by hand.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Counter, Machine};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, created, started, boxed));

fn created(number: u64) {
    black_box(&Counter::from(number));
}

fn started(number: u64) -> u64 {
    let mut machine = Counter::from(number);
    black_box(&mut machine).resume().expect("it yields")
}

fn boxed(number: u64) -> u64 {
    let machine: Box<dyn Machine> = Box::new(Counter::from(number));
    black_box(machine).resume().expect("it yields")
}
