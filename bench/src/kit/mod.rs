//! What several contestants or scenarios are made of, so that their work is the same to the byte.

pub(crate) mod answers;
pub(crate) mod buffer_ring;
#[cfg(feature = "peers")]
pub(crate) mod by_hand;
pub(crate) mod file_loop;
pub(crate) mod files;
pub(crate) mod generator;
pub(crate) mod heads;
pub(crate) mod hog;
#[cfg(feature = "peers")]
pub(crate) mod nginx;
#[cfg(feature = "peers")]
pub(crate) mod peers;
pub(crate) mod planted;
pub(crate) mod queue;
pub(crate) mod ring;
pub(crate) mod runtime;
