//! thingbuf's channels: many may put, one gets, and none is unbounded.
#![forbid(unsafe_code)]

use super::{Done, Get, Put, TaskGet, TaskPut};
use std::future::Future;
use thingbuf::mpsc::{self, blocking};

impl Put for blocking::Sender<u64> {
    fn put(&mut self, item: u64) {
        self.send(item).expect("there is a getter");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Get for blocking::Receiver<u64> {
    fn get(&mut self) -> u64 {
        self.recv().expect("there is a putter")
    }

    fn another(&self) -> Option<Self> {
        None
    }
}

impl TaskPut for mpsc::Sender<u64> {
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>> {
        self.send(item)
    }
}

impl TaskGet for mpsc::Receiver<u64> {
    fn get(&mut self) -> impl Future<Output = impl Done<u64>> {
        self.recv()
    }
}
