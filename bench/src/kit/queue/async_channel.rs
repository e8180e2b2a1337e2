//! async-channel: its blocking forms, and the asynchronous ones.
#![forbid(unsafe_code)]

use super::{Done, Get, Put, TaskGet, TaskPut};
use async_channel::{Receiver, Sender};
use std::future::Future;

impl Put for Sender<u64> {
    fn put(&mut self, item: u64) {
        self.send_blocking(item).expect("there is a getter");
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Get for Receiver<u64> {
    fn get(&mut self) -> u64 {
        self.recv_blocking().expect("there is a putter")
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
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
