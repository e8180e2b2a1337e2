//! tokio's `mpsc`: many may put, one gets. Its blocking forms are for threads outside its runtimes, as here.
#![forbid(unsafe_code)]

use super::{Done, Get, Put, TaskGet, TaskPut};
use std::future::{Future, ready};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender};

impl Put for Sender<u64> {
    fn put(&mut self, item: u64) {
        self.blocking_send(item).expect("there is a getter");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Get for Receiver<u64> {
    fn get(&mut self) -> u64 {
        self.blocking_recv().expect("there is a putter")
    }

    fn another(&self) -> Option<Self> {
        None
    }
}

impl Put for UnboundedSender<u64> {
    fn put(&mut self, item: u64) {
        self.send(item).expect("there is a getter");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Get for UnboundedReceiver<u64> {
    fn get(&mut self) -> u64 {
        self.blocking_recv().expect("there is a putter")
    }

    fn another(&self) -> Option<Self> {
        None
    }
}

impl TaskPut for Sender<u64> {
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>> {
        self.send(item)
    }
}

impl TaskGet for Receiver<u64> {
    fn get(&mut self) -> impl Future<Output = impl Done<u64>> {
        self.recv()
    }
}

impl TaskPut for UnboundedSender<u64> {
    fn put(&mut self, item: u64) -> impl Future<Output = impl Done<()>> {
        ready(self.send(item))
    }
}

impl TaskGet for UnboundedReceiver<u64> {
    fn get(&mut self) -> impl Future<Output = impl Done<u64>> {
        self.recv()
    }
}
