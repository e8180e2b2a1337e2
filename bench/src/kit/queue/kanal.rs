//! kanal, whose handles for tasks are types of their own.
#![forbid(unsafe_code)]

use super::{Done, Get, Put, TaskGet, TaskPut};
use kanal::{AsyncReceiver, AsyncSender, Receiver, Sender};
use std::future::Future;

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
        Some(self.clone())
    }
}

impl TaskPut for AsyncSender<u64> {
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>> {
        self.send(item)
    }
}

impl TaskGet for AsyncReceiver<u64> {
    fn get(&mut self) -> impl Future<Output = impl Done<u64>> {
        self.recv()
    }
}
