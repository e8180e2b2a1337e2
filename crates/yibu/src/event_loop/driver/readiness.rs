//! Tells which descriptors became ready: epoll on Linux, the `polling` crate elsewhere.
//!
//! Both have the same functions. A descriptor is watched once for everything, edge-triggered where the system can.

#[cfg(all(target_os = "linux", not(yibu_portable)))]
#[path = "readiness_epoll.rs"]
mod imp;
#[cfg(not(all(target_os = "linux", not(yibu_portable))))]
#[path = "readiness_portable.rs"]
mod imp;

pub(super) use imp::{NAME, Readiness};

/// What became ready of a watched descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// The number that it was watched under.
    pub(super) data: u64,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// A short read does not mean that all was read: the peer sends no more, the connection is broken, or there is urgent data.
    pub(super) hung_up: bool,
}
