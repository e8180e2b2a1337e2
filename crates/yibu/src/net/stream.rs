//! A TCP connection.

#![forbid(unsafe_code)]

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};

use bytes::Bytes;
use rustix::net::{AddressFamily, SocketAddrAny, SocketType};

use super::address::ToAddress;
use super::handle::Handle;
use super::read::{Buffered, Lines, ReadHalf};
use super::write::WriteHalf;
use crate::event_loop::operate::Operation;
use crate::event_loop::operation::Data;
use crate::fs::File;

/// A TCP connection: a stream of bytes in each direction.
///
/// It belongs to the event loop that made it, and is not `Send`. The loop receives and sends; the methods move bytes between the caller and the
/// stream's buffers in the poll that returns `Ready`, so a future that is dropped has moved nothing. Reading and writing by different tasks:
/// [`split`](Self::split). Dropping the stream sends what is queued, within ten seconds, and closes it. As the kernel has it, closing while
/// received bytes are unread resets the connection, and the other side may then lose what it has not read yet: read to the end first, if
/// that matters.
///
/// An idle stream holds no buffer.
///
/// ```
/// use yibu::net::{TcpListener, TcpStream};
/// # yibu::run(async {
/// let mut listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// client.write(b"hello").await?;
///
/// let (mut stream, _from) = listener.accept().await?;
/// let mut bytes = [0; 5];
/// stream.read_exact(&mut bytes).await?;
/// assert_eq!(&bytes, b"hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct TcpStream {
    read: ReadHalf,
    write: WriteHalf,
}

impl TcpStream {
    /// Connects to an address, or to the first address of a name that answers.
    ///
    /// # Errors
    ///
    /// The resolver's; otherwise that of the last address tried.
    ///
    /// # Cancellation
    ///
    /// Dropping the future gives the attempt up; a connection that comes about all the same is closed.
    pub async fn connect(address: impl ToAddress) -> io::Result<Self> {
        let mut last = None;
        for address in address.to_address().resolve().await? {
            match Self::connect_to(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("a resolved name has an address"))
    }

    async fn connect_to(address: SocketAddr) -> io::Result<Self> {
        let socket = socket(address)?;
        rustix::io::ioctl_fionbio(&socket, true)?;
        let address = Box::new(SocketAddrAny::from(address));
        let connected = Operation::new(Data::Connect { socket, address }).await;
        Ok(Self::from_socket(connected.connected()?))
    }

    /// Takes a connected socket that was made elsewhere. It becomes non-blocking, also for those who share it.
    ///
    /// # Errors
    ///
    /// The kernel's, when it changes how the socket waits.
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::from_socket(stream.into()))
    }

    pub(super) fn from_socket(socket: OwnedFd) -> Self {
        let (read, write) = Handle::pair(socket);
        Self {
            read: ReadHalf(read),
            write: WriteHalf(write),
        }
    }

    /// Two halves that can be used by different tasks of the loop.
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        (self.read, self.write)
    }

    /// Both halves, borrowed: to read and write at once within one task.
    pub fn halves(&mut self) -> (&mut ReadHalf, &mut WriteHalf) {
        (&mut self.read, &mut self.write)
    }

    /// Makes a stream of its two halves again.
    ///
    /// # Panics
    ///
    /// If they are of different streams.
    pub fn unsplit(read: ReadHalf, write: WriteHalf) -> Self {
        assert!(
            read.0.is_of(&write.0),
            "the halves are of different streams"
        );
        Self { read, write }
    }

    /// Closes the connection at once by a reset: what is queued is not sent, and the other side sees an error.
    pub fn abort(self) {
        self.read.0.abort();
    }

    /// Small writes are sent without waiting for the other side's acknowledgement (`TCP_NODELAY`). The loop already collects the writes of a turn, so
    /// for most protocols this should be on.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.read.0.set_nodelay(on)
    }

    /// Whether `TCP_NODELAY` is on.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.read.0.nodelay()
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.read.0.local_addr()
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection is broken already.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.read.0.peer_addr()
    }
}

/// Reading. Each method does what its namesake of [`ReadHalf`] does.
impl TcpStream {
    /// See [`ReadHalf::read`].
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read.read(buffer).await
    }

    /// See [`ReadHalf::read_exact`].
    pub async fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.read.read_exact(buffer).await
    }

    /// See [`ReadHalf::read_until`].
    pub async fn read_until(&mut self, delimiter: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        self.read.read_until(delimiter, limit).await
    }

    /// See [`ReadHalf::lines`].
    pub fn lines(&mut self, limit: usize) -> Lines<'_> {
        self.read.lines(limit)
    }

    /// See [`ReadHalf::fill`].
    pub async fn fill(&mut self) -> io::Result<usize> {
        self.read.fill().await
    }

    /// See [`ReadHalf::poll_fill`].
    #[inline]
    pub fn poll_fill(&mut self, cx: &mut Context<'_>, have: usize) -> Poll<io::Result<usize>> {
        self.read.poll_fill(cx, have)
    }

    /// See [`ReadHalf::buffered_len`].
    #[inline]
    pub fn buffered_len(&self) -> usize {
        self.read.buffered_len()
    }

    /// See [`ReadHalf::buffered`].
    #[inline]
    pub fn buffered(&mut self) -> Buffered<'_> {
        self.read.buffered()
    }

    /// See [`ReadHalf::consume`].
    pub fn consume(&mut self, count: usize) {
        self.read.consume(count);
    }

    /// See [`ReadHalf::set_read_marks`].
    pub fn set_read_marks(&mut self, low: usize, high: usize) {
        self.read.set_read_marks(low, high);
    }

    /// See [`ReadHalf::shutdown_read`].
    pub fn shutdown_read(&mut self) {
        self.read.shutdown_read();
    }
}

/// Writing. Each method does what its namesake of [`WriteHalf`] does.
impl TcpStream {
    /// See [`WriteHalf::write`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write.write(bytes).await
    }

    /// See [`WriteHalf::write_all`].
    pub async fn write_all(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.write.write_all(bytes).await
    }

    /// See [`WriteHalf::try_write`].
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write.try_write(bytes)
    }

    /// See [`WriteHalf::try_append`].
    pub fn try_append(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.write.try_append(bytes)
    }

    /// See [`WriteHalf::send_file`].
    pub async fn send_file(&mut self, file: &File, range: &mut Range<u64>) -> io::Result<()> {
        self.write.send_file(file, range).await
    }

    /// See [`WriteHalf::flush`].
    pub async fn flush(&mut self) -> io::Result<()> {
        self.write.flush().await
    }

    /// See [`WriteHalf::shutdown`].
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.write.shutdown().await
    }

    /// See [`WriteHalf::poll_write`].
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write.poll_write(cx, bytes)
    }

    /// See [`WriteHalf::poll_room`].
    pub fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.write.poll_room(cx)
    }

    /// See [`WriteHalf::poll_flush`].
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write.poll_flush(cx)
    }

    /// See [`WriteHalf::poll_shutdown`].
    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write.poll_shutdown(cx)
    }

    /// See [`WriteHalf::queued_len`].
    pub fn queued_len(&self) -> usize {
        self.write.queued_len()
    }

    /// See [`WriteHalf::set_write_marks`].
    pub fn set_write_marks(&mut self, low: usize, high: usize) {
        self.write.set_write_marks(low, high);
    }
}

impl AsMut<ReadHalf> for TcpStream {
    fn as_mut(&mut self) -> &mut ReadHalf {
        &mut self.read
    }
}

impl AsMut<WriteHalf> for TcpStream {
    fn as_mut(&mut self) -> &mut WriteHalf {
        &mut self.write
    }
}

impl AsMut<Self> for ReadHalf {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl AsMut<Self> for WriteHalf {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// A socket of the address's family that children do not inherit.
pub(super) fn socket(address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    #[cfg(target_os = "linux")]
    let socket = rustix::net::socket_with(
        family,
        SocketType::STREAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )?;
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        socket
    };
    Ok(socket)
}
