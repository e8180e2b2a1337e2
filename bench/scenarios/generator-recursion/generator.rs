//! generator: functions that call each other on its stack.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};
use generator::{Gn, Scope, done};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("generator", |orders| run(orders, work));

/// In words: 2 MiB, as its own size is too small for the deepest.
const STACK: usize = 1 << 18;

fn deep(scope: &mut Scope<'_, 'static, (), u64>, depth: u64, count: u64) {
    if depth > 0 {
        deep(scope, depth - 1, count);
        // Not a tail call.
        black_box(depth);
        return;
    }
    for number in 0..count {
        scope.yield_(number);
    }
}

fn work(depth: u64, count: u64) -> Done {
    all(Gn::new_scoped_opt(STACK, move |mut scope| {
        deep(&mut scope, depth, count);
        done!()
    }))
}
