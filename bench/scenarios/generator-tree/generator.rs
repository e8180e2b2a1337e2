//! generator: functions that call each other on its stack, which is made anew for every walk.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Tree, fold_all};
use generator::{Gn, Scope, done};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("generator", |orders| run(orders, work));

/// In words: 2 MiB, as its own size is too small for the deepest.
const STACK: usize = 1 << 18;

fn walk(scope: &mut Scope<'_, 'static, (), u64>, tree: &Tree) {
    if let Some(node) = tree {
        walk(scope, &node.left);
        scope.yield_(node.number);
        walk(scope, &node.right);
    }
}

fn work(tree: &'static Tree) -> u64 {
    fold_all(Gn::new_scoped_opt(STACK, move |mut scope| {
        walk(&mut scope, tree);
        done!()
    }))
}
