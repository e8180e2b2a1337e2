//! A stream's entry in the loop's table: what it has received, what it is to send, and what the kernel is doing for it.
//!
//! ```text
//!   receiving   (never asked) --poll_fill--> armed --high mark--> stopping --canceled--> paused --low mark--> armed
//!                                              | end of stream, error
//!                                              v
//!                                            ended
//!   sending     idle --bytes--> in flight --all sent--> idle        (one send in flight; what is written meanwhile goes with the next)
//!               idle --a file's bytes, sent at once--> idle
//!                                                 | socket full
//!                                                 +--> waits for room --room--> idle     (as if a send of nothing were in flight)
//!   closing     open --last handle dropped--> closing --sent, or linger deadline--> nothing in flight --> closed, entry freed
//! ```
//!
//! The entry only records; [`Io::settle`](super::io::Io) looks at it once a turn if anything changed, and issues what is due. So a change is made in
//! one place, and the order of events within a turn does not matter.

#![forbid(unsafe_code)]

use std::io;
use std::os::fd::RawFd;
use std::task::Poll;

use bytes::Bytes;
use rustix::io::Errno;

use super::buffers::{Inbound, Pool, SendQueue};
use super::driver::Completion;
use super::waiting::{Later, Registration, WakerSlot};

/// From `high` on, more is held back, until no more than `low` is left. In bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

impl Marks {
    /// Marks in bytes; a mark beyond 4 GiB is 4 GiB.
    #[track_caller]
    pub(crate) fn new(low: usize, high: usize) -> Self {
        assert!(
            low < high,
            "the low mark ({low}) must be below the high mark ({high})"
        );
        let cut = |mark| u32::try_from(mark).unwrap_or(u32::MAX);
        Self {
            low: cut(low),
            high: cut(high),
        }
    }
}

/// For reading and for writing.
const USUAL: [Marks; 2] = [
    Marks {
        low: 16 * 1024,
        high: 64 * 1024,
    },
    Marks {
        low: 64 * 1024,
        high: 256 * 1024,
    },
];

/// A receive is in flight, and its cancel was asked for.
pub(super) const RECEIVING: u16 = 1;
pub(super) const RECEIVE_STOPPING: u16 = 1 << 1;
/// Somebody has read from this stream: only then is receiving worth while.
const WANTED: u16 = 1 << 2;
/// The high mark was reached, and the low mark not yet again.
const PAUSED: u16 = 1 << 3;
/// The peer sends no more.
const END: u16 = 1 << 4;
/// A send, or a wait for room to send, is in flight, and its cancel was asked for.
pub(super) const SENDING: u16 = 1 << 5;
pub(super) const SEND_STOPPING: u16 = 1 << 6;
/// The write side is shut: after what is queued, a FIN.
const FIN_WANTED: u16 = 1 << 7;
const FIN_SENT: u16 = 1 << 8;
/// Nobody holds the stream any more.
pub(super) const CLOSING: u16 = 1 << 9;
/// What is queued is not to be sent.
pub(super) const ABORTED: u16 = 1 << 10;
/// On the list of what is to be settled.
pub(super) const DIRTY: u16 = 1 << 11;
/// Somebody waits to read, or to write.
const READER_WAITS: u16 = 1 << 12;
const WRITER_WAITS: u16 = 1 << 13;
/// The buffer is with somebody who reads it, so that what is here is not all that is buffered.
const LENT: u16 = 1 << 14;
/// Nobody reads any more: what comes is thrown away.
const READ_SHUT: u16 = 1 << 15;

/// See the module.
pub(crate) struct Connection {
    pub(super) fd: RawFd,
    pub(super) flags: u16,
    /// Handles to this stream: one, or two after a split.
    pub(super) handles: u8,
    read_error: Option<Errno>,
    write_error: Option<Errno>,
    /// Other marks than the usual ones, for reading and writing.
    marks: Option<Box<[Marks; 2]>>,
    /// Whoever reads wants at least so many bytes.
    want: u32,
    reader: WakerSlot,
    writer: WakerSlot,
    pub(super) inbound: Option<Box<Inbound>>,
    pub(super) outbound: Option<Box<SendQueue>>,
}

/// What [`Io::settle`](super::io::Io) is to do for a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Due {
    Receive,
    StopReceiving,
    Send,
    StopSending,
    SendFin,
    Close,
}

impl Connection {
    pub(super) fn new(fd: RawFd) -> Self {
        Self {
            fd,
            flags: 0,
            handles: 1,
            read_error: None,
            write_error: None,
            marks: None,
            want: 0,
            reader: WakerSlot::default(),
            writer: WakerSlot::default(),
            inbound: None,
            outbound: None,
        }
    }

    #[inline]
    pub(super) fn is(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// The descriptor, for options and addresses.
    pub(crate) fn fd(&self) -> RawFd {
        self.fd
    }

    /// One more handle to the same stream.
    pub(crate) fn add_handle(&mut self) {
        self.handles += 1;
    }

    #[inline]
    pub(crate) fn buffered(&self) -> &[u8] {
        self.inbound
            .as_ref()
            .map_or(&[], |inbound| inbound.as_slice())
    }

    #[inline]
    fn buffered_len(&self) -> usize {
        self.inbound.as_ref().map_or(0, |inbound| inbound.len())
    }

    #[inline]
    pub(crate) fn queued(&self) -> usize {
        self.outbound.as_ref().map_or(0, |queue| queue.len())
    }

    pub(crate) fn set_read_marks(&mut self, marks: Marks) {
        self.marks.get_or_insert_with(|| Box::new(USUAL))[0] = marks;
    }

    pub(crate) fn set_write_marks(&mut self, marks: Marks) {
        self.marks.get_or_insert_with(|| Box::new(USUAL))[1] = marks;
    }

    #[inline]
    fn read_marks(&self) -> &Marks {
        &self.marks.as_deref().unwrap_or(&USUAL)[0]
    }

    #[inline]
    fn write_marks(&self) -> &Marks {
        &self.marks.as_deref().unwrap_or(&USUAL)[1]
    }

    /// Ready when more than `have` bytes are buffered, or no more will come; with the number that is buffered.
    pub(crate) fn poll_fill(
        &mut self,
        have: usize,
        registration: &mut Registration<'_>,
        later: &mut Later,
    ) -> Poll<io::Result<usize>> {
        // A guard that was forgotten took its bytes along.
        self.flags &= !LENT;
        self.want = 0;
        let len = self.buffered_len();
        if len > have {
            return Poll::Ready(Ok(len));
        }
        match self.read_error {
            Some(errno) => return Poll::Ready(Err(errno.into())),
            None if self.flags & (END | READ_SHUT) != 0 => return Poll::Ready(Ok(len)),
            None => {}
        }
        self.want = u32::try_from(have).unwrap_or(u32::MAX).saturating_add(1);
        self.flags |= WANTED;
        self.flags |= READER_WAITS;
        self.reader.set(registration, later);
        Poll::Pending
    }

    pub(crate) fn consume(&mut self, count: usize, pool: &mut Pool) {
        self.want = 0;
        match &mut self.inbound {
            Some(inbound) => {
                inbound.consume(count);
                if inbound.len() == 0 {
                    pool.take_inbound(self.inbound.take().expect("it was there"));
                }
            }
            None => assert!(count == 0, "consume({count}) of 0 bytes"),
        }
    }

    /// Whether the low mark lets a paused stream receive again.
    #[inline]
    pub(crate) fn resumes(&self) -> bool {
        self.is(PAUSED) && self.buffered_len() <= self.read_marks().low as usize
    }

    /// Takes the whole buffer, for somebody to read while the table is not borrowed.
    pub(crate) fn lend(&mut self) -> Option<Box<Inbound>> {
        let inbound = self.inbound.take();
        if inbound.is_some() {
            self.flags |= LENT;
        }
        inbound
    }

    /// Takes a lent buffer back, in front of what arrived meanwhile.
    pub(crate) fn take_back(&mut self, mut lent: Box<Inbound>, pool: &mut Pool) {
        self.flags &= !LENT;
        if let Some(newer) = self.inbound.take() {
            lent.append(newer.as_slice());
            pool.take_inbound(newer);
        }
        if lent.len() > 0 {
            self.inbound = Some(lent)
        } else {
            pool.take_inbound(lent)
        }
    }

    /// Ready when there is room for more, with how much; or when writing is over.
    pub(crate) fn poll_room(
        &mut self,
        registration: &mut Registration<'_>,
        later: &mut Later,
    ) -> Poll<io::Result<usize>> {
        match self.room() {
            Ok(0) => {
                self.wait_to_write(registration, later);
                Poll::Pending
            }
            room => Poll::Ready(room),
        }
    }

    /// Has whoever writes woken when a send, or a wait for room, has ended.
    pub(super) fn wait_to_write(&mut self, registration: &mut Registration<'_>, later: &mut Later) {
        self.flags |= WRITER_WAITS;
        self.writer.set(registration, later);
    }

    /// Whoever writes is here, and waits for nothing.
    #[cfg(target_os = "linux")]
    pub(super) fn stop_waiting_to_write(&mut self) {
        self.flags &= !WRITER_WAITS;
    }

    /// Bytes below the high mark.
    pub(crate) fn room(&self) -> io::Result<usize> {
        if let Some(errno) = self.write_error {
            return Err(errno.into());
        }
        if self.is(FIN_WANTED) {
            return Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "written after shutdown",
            ));
        }
        Ok((self.write_marks().high as usize).saturating_sub(self.queued()))
    }

    pub(crate) fn copy(&mut self, bytes: &[u8], pool: &mut Pool) {
        if !bytes.is_empty() {
            self.outbound
                .get_or_insert_with(|| pool.outbound())
                .copy(bytes);
        }
    }

    /// Queues all of `bytes` and leaves it empty.
    pub(crate) fn append(&mut self, bytes: &mut Vec<u8>, pool: &mut Pool) {
        if !bytes.is_empty() {
            self.outbound
                .get_or_insert_with(|| pool.outbound())
                .append(bytes);
        }
    }

    /// Queues owned bytes; gives back what is to be let go with nothing borrowed.
    pub(crate) fn push(&mut self, bytes: Bytes, pool: &mut Pool) -> Option<Bytes> {
        if bytes.is_empty() {
            return Some(bytes);
        }
        let queue = self.outbound.get_or_insert_with(|| pool.outbound());
        queue.push(bytes)
    }

    /// Ready when the kernel has all that was written, and the FIN if one is wanted.
    pub(crate) fn poll_flush(
        &mut self,
        registration: &mut Registration<'_>,
        later: &mut Later,
    ) -> Poll<io::Result<()>> {
        if let Some(errno) = self.write_error {
            return Poll::Ready(Err(errno.into()));
        }
        if self.queued() == 0 && (!self.is(FIN_WANTED) || self.is(FIN_SENT)) {
            return Poll::Ready(Ok(()));
        }
        self.wait_to_write(registration, later);
        Poll::Pending
    }

    pub(crate) fn want_fin(&mut self) {
        self.flags |= FIN_WANTED;
    }

    /// No more is read: what arrives is thrown away.
    pub(crate) fn shut_read(&mut self, pool: &mut Pool, later: &mut Later) {
        self.flags |= READ_SHUT;
        if let Some(inbound) = self.inbound.take() {
            pool.take_inbound(inbound);
        }
        self.wake_reader(later);
    }

    /// The last handle is gone.
    pub(super) fn start_closing(&mut self, pool: &mut Pool, later: &mut Later) {
        self.flags |= CLOSING;
        if let Some(inbound) = self.inbound.take() {
            pool.take_inbound(inbound);
        }
        self.reader.clear(later);
        self.writer.clear(later);
    }

    /// Ends both directions with an error, as a reset by us.
    pub(super) fn abort(&mut self, later: &mut Later) {
        self.flags |= ABORTED;
        self.read_error.get_or_insert(Errno::CONNABORTED);
        self.write_error.get_or_insert(Errno::CONNABORTED);
        self.wake_reader(later);
        self.wake_writer(later);
    }

    /// Whether [`due`](Self::due) may have something after a completion. The common cases have not: bytes came, or all were sent.
    #[inline]
    pub(super) fn needs_settling(&self) -> bool {
        let quiet = RECEIVING | WANTED;
        self.flags & !(DIRTY | SENDING | READER_WAITS | WRITER_WAITS | LENT) != quiet
            || (self.queued() > 0 && !self.is(SENDING))
            || self.read_error.is_some()
            || self.buffered_len() >= self.read_marks().high as usize
    }

    #[inline]
    fn wake_reader(&mut self, later: &mut Later) {
        if self.is(READER_WAITS) {
            self.flags &= !READER_WAITS;
            self.reader.wake(later);
        }
    }

    #[inline]
    fn wake_writer(&mut self, later: &mut Later) {
        if self.is(WRITER_WAITS) {
            self.flags &= !WRITER_WAITS;
            self.writer.wake(later);
        }
    }

    /// What is to be done now; asked again after each thing that was done.
    pub(super) fn due(&mut self) -> Option<Due> {
        let ended = self.flags & (END | CLOSING | ABORTED) != 0 || self.read_error.is_some();
        let len = self.buffered_len();
        let more_wanted = len < self.want as usize;
        if len >= self.read_marks().high as usize && !more_wanted {
            self.flags |= PAUSED;
        } else if (len <= self.read_marks().low as usize && !self.is(LENT)) || more_wanted {
            self.flags &= !PAUSED;
        }
        let receive = !ended && (self.is(READ_SHUT) || self.is(WANTED) && !self.is(PAUSED));
        if receive && !self.is(RECEIVING) {
            return Some(Due::Receive);
        }
        if !receive && self.flags & (RECEIVING | RECEIVE_STOPPING) == RECEIVING {
            return Some(Due::StopReceiving);
        }
        let failed = self.write_error.is_some();
        if self.is(SENDING) {
            // Room that is waited for is of no use to a stream that has nothing more to send.
            let in_vain = self.queued() == 0 && self.flags & (CLOSING | FIN_WANTED) != 0;
            let stops = (self.is(ABORTED) || in_vain) && !self.is(SEND_STOPPING);
            return stops.then_some(Due::StopSending);
        }
        if self.queued() > 0 && !failed {
            return Some(Due::Send);
        }
        if self.flags & (FIN_WANTED | FIN_SENT) == FIN_WANTED && !failed {
            return Some(Due::SendFin);
        }
        (self.is(CLOSING) && !self.is(RECEIVING)).then_some(Due::Close)
    }

    /// Something of a receive: bytes, the end, an error, or a cancel that missed.
    pub(super) fn received(
        &mut self,
        completion: &Completion<'_>,
        pool: &mut Pool,
        later: &mut Later,
    ) {
        if !completion.more {
            self.flags &= !(RECEIVING | RECEIVE_STOPPING);
        }
        match completion.result {
            // Bytes that come after this side gave up reading are for nobody.
            Ok(_) if !completion.data.is_empty() => {
                if self.flags & (CLOSING | READ_SHUT | ABORTED) == 0 {
                    self.inbound
                        .get_or_insert_with(|| pool.inbound())
                        .append(completion.data);
                }
            }
            Ok(_) => self.flags |= END,
            Err(Errno::ALREADY) if completion.more => self.flags &= !RECEIVE_STOPPING,
            // The loop's buffers were all in use, or we asked for it.
            Err(Errno::NOBUFS | Errno::CANCELED | Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => self.read_error = Some(errno),
        }
        if self.buffered_len() >= self.want as usize || self.is(END) || self.read_error.is_some() {
            self.wake_reader(later);
        }
    }

    /// The send in flight, or the wait for room, has ended.
    pub(super) fn sent(
        &mut self,
        result: Result<u32, Errno>,
        more: bool,
        pool: &mut Pool,
        later: &mut Later,
    ) {
        if more {
            // A cancel that missed.
            self.flags &= !SEND_STOPPING;
            return;
        }
        self.flags &= !(SENDING | SEND_STOPPING);
        if let Some(queue) = self.outbound.as_mut().filter(|queue| queue.is_in_flight()) {
            queue.ended(result.unwrap_or(0) as usize, &mut later.spent);
        }
        match result {
            Ok(_) | Err(Errno::AGAIN | Errno::INTR | Errno::CANCELED) => {}
            Err(errno) => {
                self.write_error.get_or_insert(errno);
            }
        }
        if let (Some(queue), Some(_)) = (&mut self.outbound, self.write_error) {
            queue.discard(&mut later.spent);
        }
        let queued = self.queued();
        if queued == 0
            && let Some(queue) = self.outbound.take()
        {
            pool.take_outbound(queue);
        }
        if queued <= self.write_marks().low as usize || self.write_error.is_some() {
            self.wake_writer(later);
        }
    }

    pub(super) fn fin_sent(&mut self, result: Result<(), Errno>, later: &mut Later) {
        self.flags |= FIN_SENT;
        if let Err(errno) = result {
            self.write_error.get_or_insert(errno);
        }
        self.wake_writer(later);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Connection>() <= 80, "{}", size_of::<Connection>());
    }
}
