//! Files, without blocking the loop.
//!
//! On io_uring the kernel opens, reads, writes and asks about files asynchronously. The other driver has nothing of the kind, since readiness says
//! nothing about files, so there the blocking pool does it. Listing a directory is always the pool's.
//!
//! The loop owns the memory that is read into and written from, so that a dropped future is harmless. Positions are the caller's: there is no
//! cursor, and so nothing to lose.

mod dir;
mod file;
mod metadata;
mod open;
mod whole;

pub use dir::{Dir, Links};
pub use file::File;
pub use metadata::{DirEntry, FileKind, Metadata};
pub use open::OpenOptions;
pub use whole::{read, read_dir, write};
