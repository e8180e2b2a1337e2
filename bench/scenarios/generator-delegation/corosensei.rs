//! corosensei: functions that call each other, or coroutines that resume each other.
#![forbid(unsafe_code)]

use super::scenario::{CHAIN, STATIC};
use crate::contestant::Contestant;
use crate::kit::generator::{fold_all, run};
use corosensei::{Coroutine, Yielder};
use std::hint::black_box;
use std::iter::from_fn;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("corosensei", |orders| {
    run(orders, &[(STATIC, fixed), (CHAIN, chain)])
});

type Inner = Box<dyn Iterator<Item = u64>>;

fn coroutine(body: impl FnOnce(&Yielder<(), u64>) + 'static) -> impl Iterator<Item = u64> {
    let mut coroutine = Coroutine::new(move |yielder, ()| body(yielder));
    from_fn(move || coroutine.resume(()).as_yield())
}

fn numbers(yielder: &Yielder<(), u64>, depth: u64, count: u64) {
    if depth > 0 {
        return numbers(yielder, depth - 1, count);
    }
    for number in 0..count {
        yielder.suspend(number);
    }
}

fn around(inner: Inner) -> impl Iterator<Item = u64> {
    coroutine(|yielder| {
        for number in inner {
            yielder.suspend(number);
        }
    })
}

fn fixed(count: u64) -> u64 {
    fold_all(coroutine(move |yielder| numbers(yielder, 5, count)))
}

fn chain(count: u64) -> u64 {
    let innermost: Inner = Box::new(coroutine(move |yielder| numbers(yielder, 0, count)));
    let around = |inner, _| black_box(Box::new(around(inner)) as Inner);
    fold_all((0..5).fold(innermost, around))
}
