//! A state machine written by hand.
#![forbid(unsafe_code)]

use super::scenario::{State, send_all};
use crate::contestant::Contestant;
use crate::kit::generator::{BOXED, PLAIN, fold, run};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, &[(PLAIN, plain), (BOXED, boxed)]));

enum Machine {
    Start { count: u64 },
    Resumed { sum: u64, left: u64 },
    Finished,
}

impl Machine {
    #[inline(always)]
    fn resume(&mut self, sent: u64) -> State {
        let (sum, left) = match *self {
            Self::Start { count } => (0, count),
            Self::Resumed { sum, left } => (fold(sum, sent), left - 1),
            Self::Finished => panic!("it has finished"),
        };
        if left == 0 {
            *self = Self::Finished;
            return State::Complete(sum);
        }
        *self = Self::Resumed { sum, left };
        State::Yielded(sum)
    }
}

fn plain(count: u64) -> u64 {
    let mut machine = Machine::Start { count };
    send_all(machine.resume(0), |number| machine.resume(number))
}

fn boxed(count: u64) -> u64 {
    let mut machine = Machine::Start { count };
    let resume: Box<dyn FnMut(u64) -> State> = Box::new(move |number| machine.resume(number));
    let mut resume = black_box(resume);
    send_all(resume(0), resume)
}
