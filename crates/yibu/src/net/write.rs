//! The writing side of a stream.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::handle::{Handle, Tables};
use crate::event_loop::connection::Marks;
use crate::event_loop::waiting::Registration;

/// The writing side of a [`TcpStream`](super::TcpStream), after [`split`](super::TcpStream::split).
///
/// Writing puts bytes on the stream's queue; the loop sends what is queued once a turn, so several small writes between two awaits leave
/// as one. When both halves are dropped, the queue is sent, within ten seconds, and the stream closed.
#[derive(Debug)]
pub struct WriteHalf(pub(super) Handle);

impl WriteHalf {
    /// Waits until the queue is below its high mark, then copies all of `bytes` to it.
    ///
    /// For bytes that the caller owns, [`write_all`](Self::write_all) does not copy. To know that the kernel has them, [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// What the kernel said of an earlier send; `BrokenPipe` after [`shutdown`](Self::shutdown).
    ///
    /// # Cancellation
    ///
    /// All or nothing: dropping the future has written nothing.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.room().await?;
        self.0.change(
            |Tables {
                 connection, pool, ..
             }| connection.copy(bytes, pool),
        );
        Ok(())
    }

    /// Waits until the queue is below its high mark, then puts owned bytes on it; large ones are not copied.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Cancellation
    ///
    /// All or nothing: dropping the future has written nothing.
    pub async fn write_all(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.room().await?;
        self.push(bytes.into());
        Ok(())
    }

    /// Copies as many bytes to the queue as it has room for below its high mark, without waiting; returns how many.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise as [`write`](Self::write).
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.change(
            |Tables {
                 connection, pool, ..
             }| {
                let count = connection.room()?.min(bytes.len());
                if count == 0 && !bytes.is_empty() {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                connection.copy(&bytes[..count], pool);
                Ok(count)
            },
        )
    }

    /// Moves all of `bytes` to the queue and leaves the vector empty, without waiting. If nothing waits to be sent, the vector's
    /// memory goes along and that of bytes sent earlier comes back, so nothing is copied and a vector that is filled anew allocates
    /// nothing: for who collects much before writing.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the queue is not below its high mark; otherwise as [`write`](Self::write). Nothing was moved then.
    pub fn try_append(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.0.change(
            |Tables {
                 connection, pool, ..
             }| {
                if connection.room()? == 0 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                connection.append(bytes, pool);
                Ok(())
            },
        )
    }

    /// Waits until the kernel has everything that was written. It may still be on its way to the other side.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Cancellation
    ///
    /// Dropping the future changes nothing: the queue is sent all the same.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Sends what is queued, then tells the other side that no more will come, and waits until the kernel has done so. Reading goes on.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Cancellation
    ///
    /// Once polled, it goes on without its future.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_shutdown(cx)).await
    }

    /// Ready when at least one byte was copied to the queue, with the number; for adapters to other traits.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let room = ready!(self.poll_room(cx))?;
        let count = room.min(bytes.len());
        self.0.change(
            |Tables {
                 connection, pool, ..
             }| connection.copy(&bytes[..count], pool),
        );
        Poll::Ready(Ok(count))
    }

    /// Ready when the queue is below its high mark, with the number of bytes that it has room for.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut registration = Registration::new(cx.waker());
        self.0.with(
            |Tables {
                 connection, later, ..
             }| connection.poll_room(&mut registration, later),
        )
    }

    /// The polled form of [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut registration = Registration::new(cx.waker());
        self.0.with(
            |Tables {
                 connection, later, ..
             }| connection.poll_flush(&mut registration, later),
        )
    }

    /// The polled form of [`shutdown`](Self::shutdown).
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0
            .change(|Tables { connection, .. }| connection.want_fin());
        self.poll_flush(cx)
    }

    /// The number of bytes that the kernel does not have yet.
    pub fn queued_len(&self) -> usize {
        self.0.with(|Tables { connection, .. }| connection.queued())
    }

    /// Sets the marks of flow control, in bytes: from `high` on, writing waits, until only `low` are left.
    ///
    /// The defaults are 64 KiB and 256 KiB. One write may go beyond the high mark by its whole length.
    ///
    /// # Panics
    ///
    /// If `low` is not below `high`.
    pub fn set_write_marks(&mut self, low: usize, high: usize) {
        let marks = Marks::new(low, high);
        self.0
            .change(|Tables { connection, .. }| connection.set_write_marks(marks));
    }

    pub(super) async fn room(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_room(cx)).await.map(drop)
    }

    /// Puts owned bytes on the queue.
    pub(super) fn push(&mut self, bytes: Bytes) {
        let spent = self.0.change(
            |Tables {
                 connection, pool, ..
             }| connection.push(bytes, pool),
        );
        drop(spent);
    }
}
