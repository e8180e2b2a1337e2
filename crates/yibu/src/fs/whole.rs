//! Whole files and directories at once.

#![forbid(unsafe_code)]

use std::io;
use std::path::Path;

use bytes::Bytes;

use super::file::File;
use super::metadata::DirEntry;
use super::open::OpenOptions;

/// What one read asks for: at least this, since a file's length may not be known (`/proc`) or may change, and at most that.
const LEAST: usize = 32 * 1024;
const MOST: usize = 64 << 20;

/// Reads a whole file.
///
/// ```
/// let text = yibu::run(yibu::fs::read("Cargo.toml"))?;
/// assert!(text.starts_with(b"[package]"));
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// As [`File::open`] and [`File::read_at`].
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let file = File::open(path).await?;
    let len =
        usize::try_from(file.metadata().await?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = file.read_at(0, len.clamp(LEAST, MOST)).await?;
    bytes.try_reserve_exact(len.saturating_sub(bytes.len()))?;
    loop {
        let step = len.saturating_sub(bytes.len()).clamp(LEAST, MOST);
        let more = file.read_at(bytes.len() as u64, step).await?;
        if more.is_empty() {
            return Ok(bytes);
        }
        bytes.try_reserve(more.len())?;
        bytes.extend_from_slice(&more);
    }
}

/// Writes a whole file: creates it, or replaces what it has.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("yibu-write-{}", std::process::id()));
/// yibu::run(yibu::fs::write(&path, "text"))?;
/// assert_eq!(std::fs::read(&path)?, b"text");
/// # std::fs::remove_file(&path)?;
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// As [`OpenOptions::open`] and [`File::write_at`].
///
/// # Cancellation
///
/// Leaves the file as far as it was written.
pub async fn write(path: impl AsRef<Path>, bytes: impl Into<Bytes>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .await?;
    file.write_at(0, bytes).await
}

/// The entries of a directory, in no order, without `.` and `..`.
///
/// ```
/// let entries = yibu::run(yibu::fs::read_dir("src"))?;
/// assert!(entries.iter().any(|entry| entry.name == "lib.rs" && entry.metadata.is_file()));
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// `NotADirectory`; the kernel's.
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<Vec<DirEntry>> {
    File::open(path).await?.read_dir().await
}
