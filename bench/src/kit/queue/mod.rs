//! The queues that the scenarios `queue-…` compare, each behind the same few functions, so that the work is written once.
//!
//! A queue is a pair of its two ends: [`Put`] and [`Get`] block the thread, [`TaskPut`] and [`TaskGet`] the task. A file for each crate has them for that crate's own
//! types, with the functions that its documentation has for it; a scenario's contestant only says how such a queue is made.
#![forbid(unsafe_code)]

#[cfg(feature = "peers-queue")]
mod async_channel;
#[cfg(feature = "peers-queue")]
pub(crate) mod concurrent_queue;
#[cfg(feature = "peers-queue")]
mod crossbeam_channel;
mod ends;
mod flavour;
#[cfg(feature = "peers-queue")]
mod flume;
#[cfg(feature = "peers-queue")]
mod kanal;
pub(crate) mod rtrb;
#[cfg(feature = "peers-queue")]
mod std_mpsc;
mod tally;
#[cfg(feature = "peers-queue")]
mod thingbuf;
#[cfg(feature = "peers-queue")]
mod tokio;
pub(crate) mod yibu;

pub(crate) use ends::{Done, Get, Put, TaskGet, TaskPut, handles};
pub(crate) use flavour::{BOUNDED, Flavour, ONE, ROOM, UNBOUNDED};
pub(crate) use tally::Tally;
