//! A binary tree that has become a list.
#![forbid(unsafe_code)]

pub(crate) type Tree = Option<Box<Node>>;

pub(crate) struct Node {
    pub(crate) left: Tree,
    pub(crate) number: u64,
    pub(crate) right: Tree,
}

impl Node {
    /// So many nodes, each the left child of another, with the numbers from 0 in order. (A call for the right one, which is the last, may become a loop.)
    pub(crate) fn chain(depth: u64) -> Tree {
        let mut tree = None;
        for number in 0..depth {
            tree = Some(Box::new(Self {
                left: tree,
                number,
                right: None,
            }));
        }
        tree
    }
}

impl Drop for Node {
    /// Not by recursion.
    fn drop(&mut self) {
        let mut rest = vec![self.left.take(), self.right.take()];
        while let Some(tree) = rest.pop() {
            if let Some(mut node) = tree {
                rest.extend([node.left.take(), node.right.take()]);
            }
        }
    }
}
