//! Shared data.
#![forbid(unsafe_code)]

mod dict;
mod dict_snapshot;
mod hashed;
mod list;
mod list_snapshot;
#[cfg(all(test, loom))]
mod models;
mod monitor;
mod table;
mod waits;

pub use dict::Dict;
pub use dict_snapshot::DictSnapshot;
pub use list::List;
pub use list_snapshot::ListSnapshot;
