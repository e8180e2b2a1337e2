//! The reading side of a stream.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::task::{Context, Poll};

use super::handle::{Handle, Tables};
use crate::event_loop::buffers::Inbound;
use crate::event_loop::connection::Marks;

/// The reading side of a [`TcpStream`](super::TcpStream), after [`split`](super::TcpStream::split).
///
/// The loop receives into the stream's buffer; these methods move bytes from there to the caller, in the poll that returns
/// `Ready`. So a future that is dropped has taken nothing. When both halves are dropped, the stream is closed.
#[derive(Debug)]
pub struct ReadHalf(pub(super) Handle);

impl ReadHalf {
    /// Waits for bytes and moves as many as there are, at most `buffer.len()`; returns the number, 0 at the end of the stream.
    ///
    /// For an exact number there is [`read_exact`](Self::read_exact); to look at bytes without moving them,
    /// [`fill`](Self::fill) and [`buffered`](Self::buffered).
    ///
    /// # Errors
    ///
    /// The kernel's, once the bytes that came before the error are read.
    ///
    /// # Cancellation
    ///
    /// Dropping the future takes nothing.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let available = poll_fn(|cx| self.poll_fill(cx, 0)).await?;
        let count = available.min(buffer.len());
        self.take(&mut buffer[..count]);
        Ok(count)
    }

    /// Fills `buffer`, waiting until all of it has come.
    ///
    /// While it waits, the high mark is at least `buffer.len()`.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the stream ends before; what has come stays buffered. Otherwise as [`read`](Self::read).
    ///
    /// # Cancellation
    ///
    /// Dropping the future takes nothing.
    pub async fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let Some(enough) = buffer.len().checked_sub(1) else {
            return Ok(());
        };
        let available = poll_fn(|cx| self.poll_fill(cx, enough)).await?;
        if available < buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.take(buffer);
        Ok(())
    }

    /// Waits for `delimiter` and takes all bytes up to and with it. At the end of the stream, it gives what is left, without a delimiter; then nothing.
    ///
    /// # Errors
    ///
    /// `InvalidData` if `limit` bytes hold no delimiter; they stay buffered. Otherwise as [`read`](Self::read).
    ///
    /// # Panics
    ///
    /// If the delimiter is empty.
    ///
    /// # Cancellation
    ///
    /// Dropping the future takes nothing.
    pub async fn read_until(&mut self, delimiter: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        assert!(
            !delimiter.is_empty(),
            "an empty delimiter is found everywhere"
        );
        // No delimiter starts before this place.
        let mut searched = 0;
        loop {
            let (end, len) = self.0.with(|Tables { connection, .. }| {
                let bytes = connection.buffered();
                let place = memchr::memmem::find(&bytes[searched..], delimiter);
                (
                    place.map(|place| searched + place + delimiter.len()),
                    bytes.len(),
                )
            });
            match end {
                Some(end) if end <= limit => return Ok(self.take_vec(end)),
                None if len < limit => {}
                _ => return Err(too_long(delimiter, limit)),
            }
            if poll_fn(|cx| self.poll_fill(cx, len)).await? == len {
                return Ok(self.take_vec(len));
            }
            searched = (len + 1).saturating_sub(delimiter.len());
        }
    }

    /// Lines of text, of at most `limit` bytes each.
    ///
    /// ```
    /// # use yibu::net::{TcpListener, TcpStream};
    /// # yibu::run(async {
    /// # let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let mut client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (mut stream, _) = listener.accept().await?;
    /// client.write(b"one\r\ntwo\n").await?;
    /// let mut lines = stream.lines(1024);
    /// assert_eq!(lines.next().await?.as_deref(), Some("one"));
    /// assert_eq!(lines.next().await?.as_deref(), Some("two"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn lines(&mut self, limit: usize) -> Lines<'_> {
        Lines {
            reader: self,
            limit,
        }
    }

    /// Waits until more bytes are buffered than now; returns how many more, 0 at the end of the stream.
    ///
    /// # Errors
    ///
    /// The kernel's; what is buffered can still be taken.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn fill(&mut self) -> io::Result<usize> {
        let have = self.buffered_len();
        Ok(poll_fn(|cx| self.poll_fill(cx, have)).await? - have)
    }

    /// Ready when more than `have` bytes are buffered, with their number; at the end of the stream, with the number that
    /// is left, which is then not more than `have`. The primitive under all reading, for who writes a future or a parser.
    ///
    /// # Errors
    ///
    /// The kernel's, once no more than `have` bytes are left.
    #[inline]
    pub fn poll_fill(&mut self, cx: &mut Context<'_>, have: usize) -> Poll<io::Result<usize>> {
        self.0.poll_fill(cx, have)
    }

    /// The number of bytes that have come and were not taken.
    #[inline]
    pub fn buffered_len(&self) -> usize {
        self.0
            .with(|Tables { connection, .. }| connection.buffered().len())
    }

    /// Lends the bytes that have come and were not taken. The guard may be held over an await: what comes meanwhile is put behind.
    ///
    /// ```
    /// # use yibu::net::{TcpListener, TcpStream};
    /// # yibu::run(async {
    /// # let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let mut client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (mut stream, _) = listener.accept().await?;
    /// client.write(b"5:hello").await?;
    /// stream.fill().await?;
    /// let mut bytes = stream.buffered();
    /// assert_eq!(&bytes[..2], b"5:");
    /// bytes.consume(2);
    /// assert_eq!(&*bytes, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[inline]
    pub fn buffered(&mut self) -> Buffered<'_> {
        let inbound = self.0.with(|Tables { connection, .. }| connection.lend());
        Buffered {
            reader: self,
            inbound,
        }
    }

    /// Takes the first `count` buffered bytes, and throws them away.
    ///
    /// # Panics
    ///
    /// If fewer are buffered.
    pub fn consume(&mut self, count: usize) {
        self.0.with_io(|io, key| {
            let (connection, pool, _) = io.connection(key);
            connection.consume(count, pool);
            if connection.resumes() {
                io.touch(key);
            }
        });
    }

    /// Sets the marks of flow control, in bytes: from `high` on, no more is received, until only `low` are left.
    ///
    /// The defaults are 16 KiB and 64 KiB. What arrives before the
    /// kernel hears that it is to stop comes on top: with io_uring several hundred KiB at the worst.
    ///
    /// # Panics
    ///
    /// If `low` is not below `high`.
    pub fn set_read_marks(&mut self, low: usize, high: usize) {
        let marks = Marks::new(low, high);
        self.0
            .change(|Tables { connection, .. }| connection.set_read_marks(marks));
    }

    /// Reads no more: what was not read, and what still comes, is thrown away, and every later
    /// read finds the end of the stream. The other side is not told.
    pub fn shutdown_read(&mut self) {
        self.0.change(
            |Tables {
                 connection,
                 pool,
                 later,
             }| connection.shut_read(pool, later),
        );
    }

    /// Resets the connection at once, also for the other half: what is queued is not sent, the other side sees an error, and so does every
    /// later read or write here.
    pub fn abort(&mut self) {
        self.0.abort();
    }

    fn take(&mut self, target: &mut [u8]) {
        self.0.with(|Tables { connection, .. }| {
            target.copy_from_slice(&connection.buffered()[..target.len()])
        });
        self.consume(target.len());
    }

    fn take_vec(&mut self, count: usize) -> Vec<u8> {
        let bytes = self
            .0
            .with(|Tables { connection, .. }| connection.buffered()[..count].to_vec());
        self.consume(count);
        bytes
    }
}

fn too_long(delimiter: &[u8], limit: usize) -> io::Error {
    let message = format!("no \"{}\" within {limit} bytes", delimiter.escape_ascii());
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Bytes lent by [`ReadHalf::buffered`]; they go back to the stream when this is dropped, but for those that were consumed.
pub struct Buffered<'a> {
    reader: &'a mut ReadHalf,
    inbound: Option<Box<Inbound>>,
}

impl Buffered<'_> {
    /// Takes the first `count` bytes.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[inline]
    pub fn consume(&mut self, count: usize) {
        match &mut self.inbound {
            Some(inbound) => inbound.consume(count),
            None => assert!(count == 0, "consume({count}) of 0 bytes"),
        }
    }
}

impl Deref for Buffered<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.inbound
            .as_ref()
            .map_or(&[], |inbound| inbound.as_slice())
    }
}

impl Drop for Buffered<'_> {
    fn drop(&mut self) {
        if let Some(inbound) = self.inbound.take() {
            self.reader.0.take_back(inbound);
        }
    }
}

/// The lines of a stream; see [`ReadHalf::lines`].
#[derive(Debug)]
pub struct Lines<'a> {
    reader: &'a mut ReadHalf,
    limit: usize,
}

impl Lines<'_> {
    /// The next line, without its `\n` or `\r\n`; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// `InvalidData` if the line is longer than the limit (it stays buffered) or is not UTF-8; otherwise as [`ReadHalf::read`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future takes nothing.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        let mut line = self.reader.read_until(b"\n", self.limit).await?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        String::from_utf8(line)
            .map(Some)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}
