//! fauxgen: a chain of boxed bodies that share a token.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Node, Tree, fold_all};
use fauxgen::GeneratorToken;
use std::pin::pin;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("fauxgen", |orders| run(orders, work));

async fn walk(token: &GeneratorToken<u64>, node: &'static Node) {
    if let Some(left) = &node.left {
        Box::pin(walk(token, left)).await;
    }
    token.yield_(node.number).await;
    if let Some(right) = &node.right {
        Box::pin(walk(token, right)).await;
    }
}

fn work(tree: &'static Tree) -> u64 {
    fold_all(pin!(fauxgen::r#gen!(|token: GeneratorToken<u64>| {
        if let Some(node) = tree {
            walk(&token, node).await;
        }
    })))
}
