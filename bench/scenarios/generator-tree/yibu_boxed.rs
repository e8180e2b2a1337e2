//! yibu's generators: a chain of boxed bodies.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Node, Tree, fold_all};
use std::pin::pin;
use yibu::generator::{Co, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| run(orders, work));

async fn walk(mut co: Co<'_, u64>, node: &'static Node) {
    if let Some(left) = &node.left {
        Box::pin(walk(co.reborrow(), left)).await;
    }
    co.yield_(node.number).await;
    if let Some(right) = &node.right {
        Box::pin(walk(co.reborrow(), right)).await;
    }
}

fn work(tree: &'static Tree) -> u64 {
    fold_all(pin!(generator(async |co| {
        if let Some(node) = tree {
            walk(co, node).await;
        }
    })))
}
