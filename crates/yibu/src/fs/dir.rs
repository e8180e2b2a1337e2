//! A directory that paths from outside may not leave.

#![forbid(unsafe_code)]

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::file::File;
use super::open::{How, open_at};

/// Whether symbolic links may lead out of a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Links {
    /// A link is followed as long as it stays beneath the directory.
    #[default]
    Beneath,
    /// A link is followed wherever it leads, and so is `..`: for paths that are trusted or were checked.
    Follow,
}

/// An open directory, beneath which files are opened by paths that may come from strangers.
///
/// ```
/// use std::path::Path;
/// use yibu::fs::{Dir, Links};
/// # yibu::run(async {
/// let sources = Dir::open("src").await?;
/// assert!(sources.open_beneath(Path::new("lib.rs"), Links::Beneath).await.is_ok());
/// assert!(sources.open_beneath(Path::new("../Cargo.toml"), Links::Beneath).await.is_err());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Dir(Arc<OwnedFd>);

impl Dir {
    /// Opens a directory.
    ///
    /// # Errors
    ///
    /// `NotADirectory`; the kernel's.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let how = How {
            flags,
            mode: Mode::empty(),
            beneath: false,
        };
        Ok(Self(Arc::new(open_at(None, path.as_ref(), how).await?)))
    }

    /// Opens a file or directory for reading. A pipe or device does not make it wait, so ask what was opened before reading.
    ///
    /// The kernel itself keeps the path beneath the directory (Linux's `openat2` with `RESOLVE_BENEATH`), so nothing can be renamed in between; on other
    /// systems no symbolic link is followed at all.
    ///
    /// # Errors
    ///
    /// `CrossesDevices` (`EXDEV`) if the path leads out of the directory; the kernel's.
    ///
    /// # Cancellation
    ///
    /// A file that is opened all the same is closed.
    pub async fn open_beneath(&self, path: &Path, links: Links) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let how = How {
            flags,
            mode: Mode::empty(),
            beneath: links == Links::Beneath,
        };
        // `openat2` gives up (`EAGAIN`) when something is renamed while it looks.
        for _ in 0..64 {
            match open_at(Some(self.0.clone()), path, how).await {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                opened => return Ok(File::new(opened?)),
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }
}
