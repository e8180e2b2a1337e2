//! corosensei: functions that call each other on its stack, which is made anew for every walk.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Tree, fold_all};
use corosensei::{Coroutine, Yielder};
use std::iter::from_fn;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("corosensei", |orders| run(orders, work));

fn walk(yielder: &Yielder<(), u64>, tree: &Tree) {
    if let Some(node) = tree {
        walk(yielder, &node.left);
        yielder.suspend(node.number);
        walk(yielder, &node.right);
    }
}

fn work(tree: &'static Tree) -> u64 {
    let mut coroutine = Coroutine::new(move |yielder, ()| walk(yielder, tree));
    fold_all(from_fn(move || coroutine.resume(()).as_yield()))
}
