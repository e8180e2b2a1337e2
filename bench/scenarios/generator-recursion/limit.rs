//! A list of frames written by hand.
#![forbid(unsafe_code)]

use super::scenario::{all, run};
use crate::contestant::{Contestant, Done};

pub(crate) const CONTESTANT: Contestant = Contestant::worker("", |orders| run(orders, work));

enum Frame {
    Call { depth: u64 },
    Calling,
    Resumed { next: u64 },
}

struct Frames {
    count: u64,
    frames: Vec<Frame>,
}

impl Iterator for Frames {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        loop {
            match self.frames.last_mut()? {
                Frame::Resumed { next } if *next < self.count => {
                    *next += 1;
                    return Some(*next - 1);
                }
                Frame::Resumed { .. } | Frame::Calling => drop(self.frames.pop()),
                frame @ Frame::Call { depth: 0 } => *frame = Frame::Resumed { next: 0 },
                frame => {
                    let Frame::Call { depth } = std::mem::replace(frame, Frame::Calling) else {
                        unreachable!()
                    };
                    self.frames.push(Frame::Call { depth: depth - 1 });
                }
            }
        }
    }
}

fn work(depth: u64, count: u64) -> Done {
    let frames = vec![Frame::Call { depth }];
    all(Frames { count, frames })
}
