//! genawaiter: a chain of boxed bodies.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Node, Tree, fold_all};
use genawaiter::rc::{Co, Gen};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("genawaiter", |orders| run(orders, work));

async fn walk(co: &Co<u64>, node: &'static Node) {
    if let Some(left) = &node.left {
        Box::pin(walk(co, left)).await;
    }
    co.yield_(node.number).await;
    if let Some(right) = &node.right {
        Box::pin(walk(co, right)).await;
    }
}

fn work(tree: &'static Tree) -> u64 {
    let numbers = Gen::new(|co| async move {
        if let Some(node) = tree {
            walk(&co, node).await;
        }
    });
    fold_all(numbers.into_iter())
}
