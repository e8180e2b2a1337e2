//! What a stream has received and not yet given out, and what it is to send.
//!
//! Both exist only while there are such bytes. They come from a pool of the loop and go back to it when they are empty, so a busy
//! connection does not allocate and an idle one holds nothing.
//!
//! Invariant **FLIGHT**: the bytes of the first `in_flight` segments of a [`SendQueue`] are neither moved, freed nor written between
//! [`SendQueue::prepare`] and [`SendQueue::ended`], and so is the box that the queue is in: the kernel reads both (**KERNEL**). A
//! segment's bytes are on the heap, or as stable as `Bytes` promises, so the list of segments may grow. Tests: `buffers::tests`, and all
//! of `tests/` under AddressSanitizer (`--cfg yibu_asan`), where copied segments in flight are poisoned.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

use super::poison;

/// Owned bytes below this are copied behind the others: cheaper than one more part in a send.
const COPY_BELOW: usize = 2 * 1024;
/// The most parts of one send.
const PARTS: usize = 16;
/// The most bytes of one part: a send counts in 32 bits, and Linux sends at most 2 GiB at once.
const PART: usize = 1 << 30;
/// Buffers with more capacity than this are freed instead of pooled. What a stream holds at its high mark, and what a burst puts on top of it, still
/// fits: freeing and growing it again and again costs page faults, more than twice what the kernel takes for the bytes.
const POOLED: usize = 512 * 1024;
/// The most buffers of a kind that a loop keeps, and the most bytes in all of them.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 2 << 20;

/// Received bytes, from `start` on.
#[derive(Default)]
pub(crate) struct Inbound {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbound {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.bytes.len() + bytes.len() > self.bytes.capacity() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets the first `count` bytes.
    #[inline]
    pub(crate) fn consume(&mut self, count: usize) {
        assert!(
            count <= self.len(),
            "consume({count}) of {} bytes",
            self.len()
        );
        self.start += count;
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
    }
}

enum Segment {
    Copied(Vec<u8>),
    Owned(Bytes),
}

impl Segment {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// What one send is made of.
pub(crate) struct Parts {
    slices: [IoSlice<'static>; PARTS],
    count: usize,
    #[cfg(target_os = "linux")]
    message: libc::msghdr,
}

impl Parts {
    #[inline]
    pub(crate) fn as_slices(&self) -> &[IoSlice<'static>] {
        &self.slices[..self.count]
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn message(&self) -> *const libc::msghdr {
        &raw const self.message
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            slices: [IoSlice::new(&[]); PARTS],
            count: 0,
            #[cfg(target_os = "linux")]
            // SAFETY: a `msghdr` of zeros is a message of no parts.
            message: unsafe { std::mem::zeroed() },
        }
    }
}

/// Bytes on their way out, in order: segments, then the tail to which small writes are copied.
#[derive(Default)]
pub(crate) struct SendQueue {
    segments: VecDeque<Segment>,
    /// Of the first segment, already sent.
    offset: usize,
    tail: Vec<u8>,
    len: usize,
    in_flight: usize,
    parts: Parts,
}

impl SendQueue {
    /// Bytes that the kernel does not have yet.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn copy(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Queues all of `bytes` and leaves it empty: by an exchange, if nothing waits to be sent.
    pub(crate) fn append(&mut self, bytes: &mut Vec<u8>) {
        self.len += bytes.len();
        if self.tail.is_empty() {
            std::mem::swap(&mut self.tail, bytes);
        } else {
            self.tail.append(bytes);
        }
    }

    /// Queues owned bytes. Small ones are copied and given back, to be let go with nothing borrowed.
    pub(crate) fn push(&mut self, bytes: Bytes) -> Option<Bytes> {
        if bytes.len() < COPY_BELOW {
            self.copy(&bytes);
            return Some(bytes);
        }
        self.close_tail();
        self.len += bytes.len();
        self.segments.push_back(Segment::Owned(bytes));
        None
    }

    /// Whether a send that was prepared has not ended.
    #[inline]
    pub(crate) fn is_in_flight(&self) -> bool {
        self.in_flight > 0
    }

    /// Describes the next send, of as much as fits in one.
    pub(crate) fn prepare(self: &mut Box<Self>) -> &Parts {
        assert!(
            self.in_flight == 0 && self.len > 0,
            "one send at a time, and not of nothing"
        );
        self.close_tail();
        let this = &mut **self;
        let mut offset = this.offset;
        for (slice, segment) in this.parts.slices.iter_mut().zip(&this.segments) {
            let bytes = &segment.as_slice()[offset..];
            let bytes = &bytes[..bytes.len().min(PART)];
            // SAFETY: **FLIGHT**: the segment stays as it is until `ended`, after which the slice is not used.
            *slice =
                IoSlice::new(unsafe { std::slice::from_raw_parts(bytes.as_ptr(), bytes.len()) });
            this.in_flight += 1;
            if let Segment::Copied(bytes) = segment {
                poison::lend_to_kernel(bytes.as_ptr(), bytes.capacity());
            }
            if bytes.len() + offset < segment.as_slice().len() {
                break;
            }
            offset = 0;
        }
        this.parts.count = this.in_flight;
        #[cfg(target_os = "linux")]
        {
            this.parts.message.msg_iov = this.parts.slices.as_mut_ptr().cast();
            this.parts.message.msg_iovlen = this.in_flight as _;
        }
        &this.parts
    }

    /// The send that was prepared has ended, and took `sent` bytes. Owned bytes that are done with go to `spent`, since letting
    /// them go may run user code.
    pub(crate) fn ended(&mut self, sent: usize, spent: &mut Vec<Bytes>) {
        for segment in self.segments.iter().take(self.in_flight) {
            if let Segment::Copied(bytes) = segment {
                poison::take_from_kernel(bytes.as_ptr(), bytes.capacity());
            }
        }
        assert!(sent <= self.len, "{sent} bytes were sent of {}", self.len);
        self.in_flight = 0;
        self.len -= sent;
        self.offset += sent;
        while let Some(first) = self.segments.front() {
            let len = first.as_slice().len();
            if self.offset < len {
                return;
            }
            self.offset -= len;
            match self.segments.pop_front() {
                Some(Segment::Copied(bytes)) => self.reuse(bytes),
                Some(Segment::Owned(bytes)) => spent.push(bytes),
                None => {}
            }
        }
    }

    /// Throws away what is queued, owned bytes to `spent`; nothing may be in flight.
    pub(crate) fn discard(&mut self, spent: &mut Vec<Bytes>) {
        assert!(self.in_flight == 0, "the kernel reads what is in flight");
        spent.extend(self.segments.drain(..).filter_map(|segment| match segment {
            Segment::Copied(_) => None,
            Segment::Owned(bytes) => Some(bytes),
        }));
        self.tail = Vec::new();
        (self.offset, self.len) = (0, 0);
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            self.segments
                .push_back(Segment::Copied(std::mem::take(&mut self.tail)));
        }
    }

    fn reuse(&mut self, mut bytes: Vec<u8>) {
        if self.tail.capacity() == 0 && bytes.capacity() <= POOLED {
            bytes.clear();
            self.tail = bytes;
        }
    }
}

impl Drop for SendQueue {
    fn drop(&mut self) {
        assert!(
            self.in_flight == 0 || std::thread::panicking(),
            "the kernel reads what is in flight"
        );
    }
}

/// The loop's spare buffers.
#[derive(Default)]
#[expect(
    clippy::vec_box,
    reason = "entries hold boxes, so that they are small and what is in flight stays in place"
)]
pub(crate) struct Pool {
    inbound: Vec<Box<Inbound>>,
    outbound: Vec<Box<SendQueue>>,
    /// The capacity of all of a kind.
    inbound_bytes: usize,
    outbound_bytes: usize,
}

impl Pool {
    #[inline]
    pub(crate) fn inbound(&mut self) -> Box<Inbound> {
        let buffer = self.inbound.pop().unwrap_or_default();
        self.inbound_bytes -= buffer.bytes.capacity();
        buffer
    }

    #[inline]
    pub(crate) fn outbound(&mut self) -> Box<SendQueue> {
        let queue = self.outbound.pop().unwrap_or_default();
        self.outbound_bytes -= queue.tail.capacity();
        queue
    }

    #[inline]
    pub(crate) fn take_inbound(&mut self, mut buffer: Box<Inbound>) {
        let capacity = buffer.bytes.capacity();
        if self.inbound.len() < KEPT && fits(capacity, self.inbound_bytes) {
            buffer.consume(buffer.len());
            self.inbound_bytes += capacity;
            self.inbound.push(buffer);
        }
    }

    #[inline]
    pub(crate) fn take_outbound(&mut self, queue: Box<SendQueue>) {
        assert!(queue.len == 0, "a queue goes back when all of it is sent");
        let capacity = queue.tail.capacity();
        if self.outbound.len() < KEPT
            && queue.segments.capacity() <= PARTS
            && fits(capacity, self.outbound_bytes)
        {
            self.outbound_bytes += capacity;
            self.outbound.push(queue);
        }
    }
}

/// Whether a buffer is kept beside so many bytes in others.
#[inline]
fn fits(capacity: usize, kept: usize) -> bool {
    capacity <= POOLED && kept + capacity <= KEPT_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays the kernel, which takes at most `count` bytes, and may read what is poisoned for everybody else.
    fn sent(queue: &mut Box<SendQueue>, count: usize) -> Vec<u8> {
        let mut taken = Vec::new();
        for slice in queue.prepare().as_slices() {
            poison::take_from_kernel(slice.as_ptr(), slice.len());
            let rest = count - taken.len();
            taken.extend_from_slice(&slice[..slice.len().min(rest)]);
        }
        queue.ended(taken.len(), &mut Vec::new());
        taken
    }

    #[test]
    fn bytes_leave_in_order_however_short_the_sends() {
        for step in [13, 1000, 5000, usize::MAX] {
            let mut queue = Box::<SendQueue>::default();
            let mut expected = Vec::new();
            for n in 0..40usize {
                let bytes: Vec<u8> = (0..n * 173 % 5000).map(|i| (i + n) as u8).collect();
                expected.extend_from_slice(&bytes);
                if n % 3 == 0 {
                    queue.copy(&bytes)
                } else {
                    drop(queue.push(Bytes::from(bytes)))
                }
            }
            let mut got = Vec::new();
            while queue.len() > 0 {
                got.extend(sent(&mut queue, step));
            }
            assert!(got == expected, "in steps of {step}");
        }
    }

    #[test]
    fn writing_while_a_send_is_in_flight_does_not_touch_it() {
        let mut queue = Box::<SendQueue>::default();
        queue.copy(b"first");
        let start = queue.prepare().as_slices()[0].as_ptr();
        assert_eq!(poison::is_lent(start), cfg!(yibu_asan));
        (0..1000).for_each(|_| queue.copy(b"later"));
        assert_eq!(queue.segments[0].as_slice().as_ptr(), start);
        queue.ended(5, &mut Vec::new());
        assert_eq!(sent(&mut queue, usize::MAX).len(), 5000);
    }

    /// However many large buffers come back, a loop keeps a bounded number of bytes, and gives them out again.
    #[test]
    fn a_pool_keeps_a_bounded_number_of_bytes() {
        let mut pool = Pool::default();
        let filled = |bytes: usize| {
            let mut buffer = Box::<Inbound>::default();
            buffer.append(&vec![0; bytes]);
            buffer
        };
        (0..100).for_each(|_| pool.take_inbound(filled(POOLED)));
        pool.take_inbound(filled(POOLED + 1));
        assert_eq!(pool.inbound.len(), KEPT_BYTES / POOLED);
        assert_eq!(pool.inbound_bytes, KEPT_BYTES);
        while pool.inbound_bytes > 0 {
            assert_eq!(
                (pool.inbound().len(), pool.inbound.len() * POOLED),
                (0, pool.inbound_bytes)
            );
        }
    }

    #[test]
    fn inbound_gives_out_what_it_was_given() {
        let mut inbound = Inbound::default();
        let (mut next_in, mut next_out) = (0u8, 0u8);
        for round in 0..500usize {
            let bytes: Vec<u8> = (0..round % 61)
                .map(|i| next_in.wrapping_add(i as u8))
                .collect();
            next_in = next_in.wrapping_add(bytes.len() as u8);
            inbound.append(&bytes);
            let count = inbound.len().min(round * 7 % 59);
            for &byte in &inbound.as_slice()[..count] {
                assert_eq!(byte, next_out);
                next_out = next_out.wrapping_add(1);
            }
            inbound.consume(count);
        }
        assert!(inbound.bytes.capacity() < 8192, "consumed bytes make room");
    }
}
