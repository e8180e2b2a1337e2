//! Files, without blocking the loop.
//!
//! On io_uring the kernel opens, reads and writes files asynchronously. The other driver has nothing of the kind, since readiness says nothing about
//! files, so there the blocking pool does it; but on Linux the loop first tries what needs no waiting: reading what is in memory, and opening beneath a
//! [`Dir`] what was opened lately. What is known of an open file is in memory, so asking is one call in the loop. Listing a directory is always the pool's.
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
