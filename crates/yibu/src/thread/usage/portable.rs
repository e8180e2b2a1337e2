//! Where the kernel is not Linux: it is not asked. (Untested there.)
#![forbid(unsafe_code)]

use std::io;

use super::sample::ThreadUsage;

pub(super) fn threads(_process: u32) -> io::Result<Vec<ThreadUsage>> {
    let why = "the threads of a process can be read on Linux only";
    Err(io::Error::new(io::ErrorKind::Unsupported, why))
}
