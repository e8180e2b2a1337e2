//! What a file is.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Stat};
#[cfg(target_os = "linux")]
use rustix::io::Errno;

/// What kind of file something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link, where it was not followed.
    Symlink,
    /// A device, pipe or socket.
    Other,
}

/// A file's length, kind and time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metadata {
    len: u64,
    kind: FileKind,
    modified: SystemTime,
    inode: u64,
    device: u64,
}

impl Metadata {
    /// The length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What kind of file it is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Dir
    }

    /// When its contents last changed.
    pub fn modified(&self) -> SystemTime {
        self.modified
    }

    /// Its number on its device; with [`device`](Self::device) it names the file.
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// The device that it is on.
    pub fn device(&self) -> u64 {
        self.device
    }

    /// What is in memory of an open file.
    #[cfg(target_os = "linux")]
    pub(super) fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        use rustix::fs::StatxFlags;
        let how = AtFlags::EMPTY_PATH;
        let what = StatxFlags::TYPE | StatxFlags::SIZE | StatxFlags::MTIME | StatxFlags::INO;
        match rustix::fs::statx(file, c"", how, what) {
            // Old kernels and sandboxes.
            Err(Errno::NOSYS) => Ok(Self::from_stat(&rustix::fs::fstat(file)?)),
            answer => Ok(Self::from_statx(&answer?)),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        Ok(Self::from_stat(&rustix::fs::fstat(file)?))
    }

    #[allow(
        clippy::unnecessary_cast,
        reason = "the fields' types differ between systems"
    )]
    fn from_stat(stat: &Stat) -> Self {
        Self {
            len: stat.st_size as u64,
            kind: kind(FileType::from_raw_mode(stat.st_mode as _)),
            modified: time(stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            inode: stat.st_ino as u64,
            device: stat.st_dev as u64,
        }
    }

    #[cfg(target_os = "linux")]
    fn from_statx(statx: &rustix::fs::Statx) -> Self {
        Self {
            len: statx.stx_size,
            kind: kind(FileType::from_raw_mode(statx.stx_mode.into())),
            modified: time(statx.stx_mtime.tv_sec, statx.stx_mtime.tv_nsec),
            inode: statx.stx_ino,
            device: rustix::fs::makedev(statx.stx_dev_major, statx.stx_dev_minor),
        }
    }
}

/// A name in a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirEntry {
    /// The name alone, as the file system has it.
    pub name: OsString,
    /// What it names; of the target, if it is a symbolic link to something that exists.
    pub metadata: Metadata,
}

/// The entries of a directory.
pub(super) fn list(directory: BorrowedFd<'_>) -> io::Result<Vec<DirEntry>> {
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        // A broken link is shown as itself; what vanished in between is not shown.
        let followed = rustix::fs::statat(directory, name, AtFlags::empty());
        let Ok(stat) =
            followed.or_else(|_| rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW))
        else {
            continue;
        };
        let name = OsString::from_vec(name.to_bytes().to_vec());
        entries.push(DirEntry {
            name,
            metadata: Metadata::from_stat(&stat),
        });
    }
    Ok(entries)
}

fn kind(kind: FileType) -> FileKind {
    match kind {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Dir,
        FileType::Symlink => FileKind::Symlink,
        _ => FileKind::Other,
    }
}

fn time(seconds: i64, nanoseconds: u32) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let base = if seconds < 0 {
        SystemTime::UNIX_EPOCH - whole
    } else {
        SystemTime::UNIX_EPOCH + whole
    };
    base + Duration::from_nanos(nanoseconds.into())
}
