//! The standard library's channels: many may put, one gets.
#![forbid(unsafe_code)]

use super::{Get, Put};
use std::sync::mpsc::{Receiver, Sender, SyncSender};

impl Put for SyncSender<u64> {
    fn put(&mut self, item: u64) {
        self.send(item).expect("there is a getter");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Put for Sender<u64> {
    fn put(&mut self, item: u64) {
        self.send(item).expect("there is a getter");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Get for Receiver<u64> {
    fn get(&mut self) -> u64 {
        self.recv().expect("there is a putter")
    }

    fn another(&self) -> Option<Self> {
        None
    }
}
