//! An iterator written by hand, with a list of the nodes above.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::generator::{Node, Tree, fold_all};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| run(orders, work));

struct Walk {
    above: Vec<&'static Node>,
}

impl Walk {
    fn down(&mut self, mut tree: &'static Tree) {
        while let Some(node) = tree {
            self.above.push(node);
            tree = &node.left;
        }
    }
}

impl Iterator for Walk {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let node = self.above.pop()?;
        self.down(&node.right);
        Some(node.number)
    }
}

fn work(tree: &'static Tree) -> u64 {
    let mut walk = Walk { above: Vec::new() };
    walk.down(tree);
    fold_all(walk)
}
