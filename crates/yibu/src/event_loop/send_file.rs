//! A file's bytes as what a stream sends next, without a copy.
//!
//! They do not go through the stream's [queue](super::buffers::SendQueue), but behind it: first the kernel gets what is queued, and is told that more
//! follows, so that a head and the beginning of its body leave in one segment; then it takes from the file what the socket has room for. All of it
//! happens in one poll, so whoever asked knows exactly what was sent. If the socket is full, the loop waits for room in the place of a send
//! ([`Op::Room`]), so that whatever ends a send ends this: an abort, a close, the loop's end.

use std::io;
use std::os::fd::BorrowedFd;
use std::task::Poll;

use rustix::io::Errno;

use super::connection::SENDING;
use super::driver::{FileSent, Op, Part, Token};
use super::io::Io;
use super::slab::Key;
use super::waiting::Registration;

impl Io {
    /// Ready with the number of bytes that were sent, at most `len`; with `None` if they are not in memory, or not sent in this way: they are to be
    /// read and written then.
    pub(crate) fn poll_send_file(
        &mut self,
        key: Key,
        file: BorrowedFd<'_>,
        offset: u64,
        len: usize,
        registration: &mut Registration<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        let (connection, driver, pool, later) = self.connection_and_driver(key);
        connection.stop_waiting_to_write();
        connection.room()?;
        if !driver.is_in_memory(file, offset, len) {
            return Poll::Ready(Ok(None));
        }
        if connection.is(SENDING) {
            connection.wait_to_write(registration, later);
            return Poll::Pending;
        }
        while let Some(queue) = &mut connection.outbound {
            let sent = driver.try_send(connection.fd, queue.prepare());
            connection.sent(sent, false, pool, later);
            connection.room()?;
            if sent == Err(Errno::AGAIN) {
                // The loop sends the rest when it can.
                connection.wait_to_write(registration, later);
                self.touch(key);
                return Poll::Pending;
            }
        }
        match driver.try_send_file(connection.fd, file, offset, len) {
            FileSent::Bytes(count) => Poll::Ready(Ok(Some(count))),
            FileSent::Refused => Poll::Ready(Ok(None)),
            FileSent::Broken(errno) => {
                connection.sent(Err(errno), false, pool, later);
                Poll::Ready(Err(errno.into()))
            }
            FileSent::Full => {
                connection.flags |= SENDING;
                connection.wait_to_write(registration, later);
                let fd = connection.fd;
                // SAFETY: no pointers; the descriptor is closed after what is in flight as a send has ended.
                unsafe { driver.submit(Token::new(Part::Send, key), Op::Room { fd }) };
                Poll::Pending
            }
        }
    }
}
