//! yibu's generators: `delegate`.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Node, Tree, fold_all};
use std::pin::pin;
use yibu::generator::{Nested, generator};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("yibu", |orders| run(orders, work));

async fn walk(mut co: Nested<'_, u64>, node: &'static Node) {
    if let Some(left) = &node.left {
        co.delegate(|co| walk(co, left)).await;
    }
    co.yield_(node.number).await;
    if let Some(right) = &node.right {
        co.delegate(|co| walk(co, right)).await;
    }
}

fn work(tree: &'static Tree) -> u64 {
    fold_all(pin!(generator(async |mut co| {
        if let Some(node) = tree {
            co.delegate(|co| walk(co, node)).await;
        }
    })))
}
