//! Files without waiting, for the driver that cannot ask the kernel to wait for them.
//!
//! A file that was used lately is in memory: its names in the kernel's cache of directory entries, its bytes in the page cache. Linux opens and
//! reads such a file at once, and refuses if it would have to wait: `RESOLVE_CACHED` (since 5.12), `RWF_NOWAIT` (since 4.14). That costs a system
//! call; the blocking pool costs switches of threads. So the loop tries first, and what is refused goes to the pool:
//!
//! ```text
//!   try_open, try_read_at --> Some(result)                    in memory: done, and nothing is in flight
//!                         --> None --> the blocking pool      not in memory, not supported, too long, or of a kind that may wait
//! ```
//!
//! `RESOLVE_CACHED` speaks of names only. The open that follows may wait: for a pipe's other end, for a lease's holder, for a device. So only
//! opens with `O_NONBLOCK` are tried, which do not wait for these; setting the flag for others would let a pipe's writer go on that nobody will
//! read from. What remains are file systems that ask somebody else at each open (NFS, FUSE): they hold the loop up for the time of an answer.
//!
//! Nothing here outlives its call, so no invariant of the driver's is concerned. Tests: below, and `tests/files.rs` with `YIBU_DRIVER=poll`.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// The most that is read in the loop: some 30 µs of copying. Beside a longer copy the pool's switches are cheap.
const LONGEST: usize = 256 * 1024;

/// What the kernel can do at once.
pub(super) struct AtOnce {
    /// Whether it knows `RESOLVE_CACHED`, as far as is known yet.
    opens: bool,
}

impl AtOnce {
    pub(super) fn new() -> Self {
        Self { opens: true }
    }

    /// Opens a path without waiting; `None` if that may have to wait.
    ///
    /// Creating and emptying a file always may: there the kernel says `EAGAIN`.
    pub(super) fn try_open(
        &mut self,
        directory: Option<BorrowedFd<'_>>,
        path: &CStr,
        flags: OFlags,
        resolve: ResolveFlags,
    ) -> Option<Result<OwnedFd, Errno>> {
        if !self.opens || !flags.contains(OFlags::NONBLOCK) {
            return None;
        }
        match open_cached(directory.unwrap_or(CWD), path, flags, resolve) {
            // What can only be about the path.
            opened @ (Ok(_) | Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP)) => {
                Some(opened)
            }
            // A kernel without it, a sandbox that forbids it; but what is opened may say so, too.
            Err(Errno::INVAL | Errno::NOSYS | Errno::PERM) => {
                let probe = open_cached(CWD, c"/", OFlags::PATH, ResolveFlags::empty());
                self.opens = !matches!(probe, Err(Errno::INVAL | Errno::NOSYS | Errno::PERM));
                None
            }
            // The pool knows other ways, and says what it is else.
            Err(_) => None,
        }
    }

    /// Reads into an empty vector, at most its capacity, what can be read without waiting: less if only the beginning is in memory. False if nothing
    /// was read, for whatever reason: the pool will say.
    pub(super) fn try_read_at(file: BorrowedFd<'_>, buffer: &mut Vec<u8>, offset: u64) -> bool {
        assert!(buffer.is_empty(), "a read fills an empty vector");
        let Ok(offset) = offset.try_into() else {
            return false;
        };
        if buffer.capacity() > LONGEST {
            return false;
        }
        let room = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.capacity(),
        };
        // SAFETY: the call lasts no longer than the exclusive borrow of the vector, whose room `room` describes.
        let read = unsafe { libc::preadv2(file.as_raw_fd(), &room, 1, offset, libc::RWF_NOWAIT) };
        let len = match usize::try_from(read) {
            // Linux 5.9 and 5.10 also give nothing where there is more (preadv2(2), BUGS).
            Ok(0) | Err(_) => return false,
            Ok(len) => len,
        };
        assert!(
            len <= buffer.capacity(),
            "the kernel reads no more than was asked for"
        );
        // SAFETY: the kernel has written the first `len` bytes, within the capacity.
        unsafe { buffer.set_len(len) };
        true
    }
}

fn open_cached(
    directory: BorrowedFd<'_>,
    path: &CStr,
    flags: OFlags,
    resolve: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC;
    let resolve = resolve | ResolveFlags::CACHED;
    rustix::fs::openat2(directory, path, flags, Mode::empty(), resolve)
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::os::fd::AsFd;

    use super::*;

    const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK);

    /// A file of `len` bytes, all of them on the disk, so that they can be dropped from memory.
    fn file(name: &str, len: usize) -> (std::path::PathBuf, std::fs::File) {
        let name = format!("yibu-at-once-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, vec![7; len]).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        file.sync_all().unwrap();
        (path, file)
    }

    #[test]
    fn what_is_in_memory_is_read_at_once_and_nothing_else() {
        let (path, file) = file("read", 100_000);
        std::fs::remove_file(path).unwrap();
        let read = |len, offset| {
            let mut buffer = Vec::with_capacity(len);
            AtOnce::try_read_at(file.as_fd(), &mut buffer, offset).then_some(buffer)
        };
        // To have it in memory; where the file system knows no `RWF_NOWAIT` nothing is read at once, which is right as well.
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut vec![0; 100_000], 0).unwrap();
        if read(100, 0).is_none() {
            eprintln!("this file system never reads at once");
            return;
        }
        assert_eq!(read(100, 50).unwrap(), [7; 100]);
        assert_eq!(read(100, 99_990).unwrap(), [7; 10]);
        assert_eq!(
            read(100, 100_000),
            None,
            "of the end some kernels are not sure"
        );
        assert_eq!(read(LONGEST + 1, 0), None, "too long for the loop");
        assert_eq!(read(100, u64::MAX), None, "no such place");
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        // A file system in memory keeps it all the same.
        let again = read(100, 0);
        assert!(again.is_none_or(|bytes| bytes == [7; 100]));
    }

    #[test]
    fn only_what_cannot_wait_is_opened() {
        let (path, _file) = file("open", 1);
        let name = CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        let mut files = AtOnce::new();
        let mut open =
            |path: &CStr, flags| files.try_open(None, path, flags, ResolveFlags::empty());
        if open(&name, READ).is_none() {
            eprintln!("this kernel never opens at once");
            return;
        }
        assert!(open(&name, READ).unwrap().is_ok());
        assert!(open(&name, OFlags::RDONLY).is_none());
        assert!(open(&name, READ | OFlags::CREATE).is_none());
        std::fs::remove_file(path).unwrap();
        // Whether a name that is not there is in memory is the kernel's business.
        assert!(open(&name, READ).is_none_or(|opened| opened.unwrap_err() == Errno::NOENT));
    }

    #[test]
    fn what_an_opened_thing_says_is_not_taken_for_the_kernels() {
        let mut files = AtOnce::new();
        let refused = OFlags::RDWR | OFlags::NONBLOCK | OFlags::DIRECTORY | OFlags::CREATE;
        let opened = files.try_open(None, c"/", refused, ResolveFlags::empty());
        assert!(opened.is_none(), "an invalid combination is the pool's");
        let knows = open_cached(CWD, c"/", OFlags::PATH, ResolveFlags::empty()).is_ok();
        assert_eq!(files.opens, knows);
    }
}
