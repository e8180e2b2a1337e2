//! generator: functions that call each other, or generators that yield from each other.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use generator::{Generator, Gn, Scope, done};
use std::hint::black_box;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("generator", |orders| {
    run(orders, &[(STATIC, fixed), (CHAIN, chain)])
});

fn numbers(scope: &mut Scope<'_, 'static, (), u64>, depth: u64, count: u64) {
    if depth > 0 {
        return numbers(scope, depth - 1, count);
    }
    for number in 0..count {
        scope.yield_(number);
    }
}

fn with_calls(depth: u64, count: u64) -> Generator<'static, (), u64> {
    Gn::new_scoped(move |mut scope| {
        numbers(&mut scope, depth, count);
        done!()
    })
}

fn around(inner: Generator<'static, (), u64>) -> Generator<'static, (), u64> {
    Gn::new_scoped(move |mut scope| {
        for number in inner {
            scope.yield_(number);
        }
        done!()
    })
}

fn fixed(count: u64) -> u64 {
    fold_all(with_calls(5, count))
}

fn chain(count: u64) -> u64 {
    let around = |inner, _| black_box(around(inner));
    fold_all((0..5).fold(with_calls(0, count), around))
}
