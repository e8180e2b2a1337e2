//! Opening files.

#![forbid(unsafe_code)]

use std::ffi::CString;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::file::File;
#[cfg(target_os = "linux")]
use crate::event_loop::core::with_io;
#[cfg(target_os = "linux")]
use crate::event_loop::operate::{Operation, yield_after};
#[cfg(target_os = "linux")]
use crate::event_loop::operation::Data;
use crate::rt::pool;

/// How to open a file; as [`std::fs::OpenOptions`]. To read an existing one, [`File::open`] does.
///
/// ```
/// use yibu::fs::OpenOptions;
/// # let path = std::env::temp_dir().join(format!("yibu-open-{}", std::process::id()));
/// # yibu::run(async {
/// let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).await?;
/// file.write_at(0, "hello").await?;
/// assert_eq!(file.read_at(1, 3).await?, b"ell");
/// # std::fs::remove_file(&path)?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    read: bool,
    write: bool,
    truncate: bool,
    create: bool,
    create_new: bool,
    mode: Option<u32>,
}

impl OpenOptions {
    /// Nothing is allowed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows reading.
    pub fn read(&mut self, yes: bool) -> &mut Self {
        self.read = yes;
        self
    }

    /// Allows writing.
    pub fn write(&mut self, yes: bool) -> &mut Self {
        self.write = yes;
        self
    }

    /// Empties an existing file.
    pub fn truncate(&mut self, yes: bool) -> &mut Self {
        self.truncate = yes;
        self
    }

    /// Creates the file if it does not exist.
    pub fn create(&mut self, yes: bool) -> &mut Self {
        self.create = yes;
        self
    }

    /// Creates the file, and fails if it exists.
    pub fn create_new(&mut self, yes: bool) -> &mut Self {
        self.create_new = yes;
        self
    }

    /// The permissions of a file that is created, less the process's umask. The default is `0o666`.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// The kernel's; `InvalidInput` if the path has a NUL, or if neither reading nor writing is allowed.
    ///
    /// # Cancellation
    ///
    /// A file that is opened all the same is closed.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let access = match (self.read, self.write) {
            (true, false) => OFlags::RDONLY,
            (false, true) => OFlags::WRONLY,
            (true, true) => OFlags::RDWR,
            (false, false) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "neither reading nor writing",
                ));
            }
        };
        let mut flags = access | OFlags::CLOEXEC;
        flags.set(OFlags::TRUNC, self.truncate);
        flags.set(OFlags::CREATE, self.create || self.create_new);
        flags.set(OFlags::EXCL, self.create_new);
        // `openat2` refuses permissions where nothing is created.
        let creates = flags.contains(OFlags::CREATE);
        let mode = Mode::from_raw_mode(if creates {
            self.mode.unwrap_or(0o666)
        } else {
            0
        });
        let how = How {
            flags,
            mode,
            beneath: false,
        };
        Ok(File::new(open_at(None, path.as_ref(), how).await?))
    }
}

/// How a path is opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub(super) flags: OFlags,
    pub(super) mode: Mode,
    /// The path must not lead out of the directory.
    pub(super) beneath: bool,
}

/// Opens a path, from a directory if one is given.
pub(super) async fn open_at(
    directory: Option<Arc<OwnedFd>>,
    path: &Path,
    how: How,
) -> io::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a path with a NUL"))?;
    #[cfg(target_os = "linux")]
    if with_io("a file", |io, _| io.has_files()) {
        return Operation::new(Data::open(
            directory,
            path,
            how.flags,
            how.mode,
            how.resolve(),
        ))
        .await
        .opened();
    }
    #[cfg(target_os = "linux")]
    if let Some(opened) = with_io("a file", |io, _| {
        let directory = directory.as_ref().map(AsFd::as_fd);
        io.driver
            .try_open(directory, &path, how.flags, how.resolve())
    }) {
        yield_after(0).await;
        return Ok(opened?);
    }
    pool::submit(move || how.open(directory.as_deref(), &path)).await
}

#[cfg(target_os = "linux")]
impl How {
    fn resolve(self) -> rustix::fs::ResolveFlags {
        use rustix::fs::ResolveFlags;
        if self.beneath {
            ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS
        } else {
            ResolveFlags::empty()
        }
    }

    fn open(self, directory: Option<&OwnedFd>, path: &CString) -> io::Result<OwnedFd> {
        let directory = directory.map_or(rustix::fs::CWD, AsFd::as_fd);
        Ok(if self.beneath {
            rustix::fs::openat2(directory, path, self.flags, self.mode, self.resolve())?
        } else {
            rustix::fs::openat(directory, path, self.flags, self.mode)?
        })
    }
}

#[cfg(not(target_os = "linux"))]
impl How {
    /// Without `openat2`, a path beneath a directory is walked name by name, and no symbolic link in it is followed.
    fn open(self, directory: Option<&OwnedFd>, path: &CString) -> io::Result<OwnedFd> {
        use std::ffi::OsStr;
        use std::os::fd::AsFd;
        use std::path::Component;
        let start = directory.map_or(rustix::fs::CWD, AsFd::as_fd);
        if !self.beneath {
            return Ok(rustix::fs::openat(start, path, self.flags, self.mode)?);
        }
        let path = Path::new(OsStr::from_bytes(path.as_bytes()));
        let mut names = path
            .components()
            .filter(|part| *part != Component::CurDir)
            .peekable();
        let step = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut at = rustix::fs::openat(start, ".", step, Mode::empty())?;
        while let Some(name) = names.next() {
            let Component::Normal(name) = name else {
                return Err(rustix::io::Errno::XDEV.into());
            };
            let flags = if names.peek().is_some() {
                step
            } else {
                self.flags | OFlags::NOFOLLOW
            };
            at = rustix::fs::openat(&at, name, flags, self.mode)?;
        }
        Ok(at)
    }
}
