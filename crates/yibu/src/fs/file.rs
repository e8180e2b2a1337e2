//! An open file.

#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::metadata::{DirEntry, Metadata, list};
use super::open::OpenOptions;
use crate::event_loop::core::with_io;
#[cfg(target_os = "linux")]
use crate::event_loop::operate::Operation;
use crate::event_loop::operate::yield_after;
#[cfg(target_os = "linux")]
use crate::event_loop::operation::Data;
use crate::rt::pool::{self, ToThread};

/// An open file, read and written by position.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("yibu-file-{}", std::process::id()));
/// # std::fs::write(&path, "0123456789").unwrap();
/// # yibu::run(async {
/// let file = yibu::fs::File::open(&path).await?;
/// assert_eq!(file.metadata().await?.len(), 10);
/// assert_eq!(file.read_at(8, 100).await?, b"89");
/// assert_eq!(file.read_at(10, 100).await?, b"", "the end");
/// # std::io::Result::Ok(()) }).unwrap();
/// # std::fs::remove_file(&path).unwrap();
/// ```
#[derive(Debug)]
pub struct File {
    fd: Arc<OwnedFd>,
    /// A write whose future was dropped.
    writing: Option<Writing>,
}

impl File {
    /// Opens an existing file for reading.
    ///
    /// # Errors
    ///
    /// The kernel's; `InvalidInput` if the path has a NUL.
    ///
    /// # Cancellation
    ///
    /// A file that is opened all the same is closed.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new().read(true).open(path).await
    }

    pub(super) fn new(fd: OwnedFd) -> Self {
        Self {
            fd: Arc::new(fd),
            writing: None,
        }
    }

    /// Takes a file that was opened elsewhere.
    pub fn from_std(file: std::fs::File) -> Self {
        Self::new(file.into())
    }

    /// Reads at most `len` bytes from byte `offset` on. Less than that does not mean the end; nothing does.
    ///
    /// # Errors
    ///
    /// The kernel's: `IsADirectory`, among others; `OutOfMemory` if there is no room for `len` bytes.
    ///
    /// # Cancellation
    ///
    /// Dropping the future throws away what is read.
    pub async fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        #[cfg(target_os = "linux")]
        if self.by_ring() {
            let data = Data::ReadAt {
                file: self.fd.clone(),
                buffer: reserve(len)?,
                offset,
            };
            return Operation::new(data).await.read();
        }
        let mut buffer = reserve(len)?;
        #[cfg(target_os = "linux")]
        if with_io("a file", |io, _| {
            io.driver.try_read_at(self.as_fd(), &mut buffer, offset)
        }) {
            yield_after(buffer.len()).await;
            return Ok(buffer);
        }
        let file = self.fd.clone();
        pool::submit(move || {
            rustix::io::pread(&file, rustix::buffer::spare_capacity(&mut buffer), offset)?;
            Ok(buffer)
        })
        .await
    }

    /// Writes all of `bytes` from byte `offset` on; the file grows if need be.
    ///
    /// # Errors
    ///
    /// The kernel's; also that of an earlier write whose future was dropped.
    ///
    /// # Cancellation
    ///
    /// A write whose future is dropped may still land, whole or in part; the file's next write waits for it.
    pub async fn write_at(&mut self, offset: u64, bytes: impl Into<Bytes>) -> io::Result<()> {
        poll_fn(|cx| self.poll_writing(cx)).await?;
        let writing = Writing {
            file: self.fd.clone(),
            rest: bytes.into(),
            offset,
            step: Step::Idle,
        };
        self.writing = Some(writing);
        poll_fn(|cx| self.poll_writing(cx)).await
    }

    /// Waits for the write that is under way, if there is one.
    fn poll_writing(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let by_ring = self.by_ring();
        let Some(writing) = &mut self.writing else {
            return Poll::Ready(Ok(()));
        };
        let result = ready!(writing.poll(cx, by_ring));
        self.writing = None;
        Poll::Ready(result)
    }

    /// The file's length, kind and time.
    ///
    /// On Linux the loop asks the kernel itself: for an open file on a local file system it has them in memory, and the pool or a thread of the ring
    /// would cost several times as much. On a network file system, or FUSE, it may ask a server, and the loop waits for that: use
    /// [`to_thread`](crate::to_thread) and [`std::fs`] there.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        if cfg!(all(target_os = "linux", not(yibu_portable))) {
            let metadata = Metadata::of(self.as_fd());
            yield_after(0).await;
            return metadata;
        }
        let file = self.fd.clone();
        pool::submit(move || Metadata::of(file.as_fd())).await
    }

    /// The entries of an open directory, in no order, without `.` and `..`.
    ///
    /// # Errors
    ///
    /// `NotADirectory`; the kernel's. An entry that vanishes meanwhile is left out.
    pub async fn read_dir(&self) -> io::Result<Vec<DirEntry>> {
        let file = self.fd.clone();
        pool::submit(move || list(file.as_fd())).await
    }

    fn by_ring(&self) -> bool {
        with_io("a file", |io, _| io.has_files())
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Room for so many bytes.
fn reserve(len: usize) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len)?;
    Ok(buffer)
}

/// A write of several steps, since the kernel may take less than it is given.
struct Writing {
    file: Arc<OwnedFd>,
    rest: Bytes,
    offset: u64,
    step: Step,
}

enum Step {
    Idle,
    #[cfg(target_os = "linux")]
    Ring(Operation),
    Pool(ToThread<io::Result<usize>>),
}

impl Writing {
    fn poll(&mut self, cx: &mut Context<'_>, by_ring: bool) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() || !matches!(self.step, Step::Idle) {
            let written = match &mut self.step {
                Step::Idle => {
                    self.start(by_ring);
                    continue;
                }
                #[cfg(target_os = "linux")]
                // That loop waited for the write when it ended, but how it went is not known any more.
                Step::Ring(operation) if operation.is_of_another_loop() => {
                    return Poll::Ready(Err(io::Error::other(
                        "a write was begun on an event loop that has ended",
                    )));
                }
                #[cfg(target_os = "linux")]
                Step::Ring(operation) => {
                    let outcome = ready!(Pin::new(operation).poll(cx));
                    outcome.result().map(|count| count as usize)
                }
                Step::Pool(work) => ready!(Pin::new(work).poll(cx)),
            };
            self.step = Step::Idle;
            match written {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.rest = self.rest.slice(count..);
                    self.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    fn start(&mut self, by_ring: bool) {
        let (file, bytes, offset) = (self.file.clone(), self.rest.clone(), self.offset);
        #[cfg(target_os = "linux")]
        if by_ring {
            self.step = Step::Ring(Operation::new(Data::WriteAt {
                file,
                bytes,
                offset,
            }));
            return;
        }
        let _ = by_ring;
        self.step = Step::Pool(pool::submit(move || {
            Ok(rustix::io::pwrite(&file, &bytes, offset)?)
        }));
    }
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes at {}", self.rest.len(), self.offset)
    }
}
