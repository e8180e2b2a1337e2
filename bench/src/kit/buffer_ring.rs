//! Receive buffers that the kernel takes from a ring, and that go back to it.
//!
//! Invariant *lent*: a buffer belongs to the kernel from the moment its entry is published until a completion names it, and
//! to this program from then until it is given back. Covered by the load's check of every answer (`cargo run -- http-hello`,
//! `cargo test`), which no mix-up of buffers survives.

use crate::Result;
use io_uring::{Submitter, types::BufRingEntry};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
use std::ptr;
use std::sync::atomic::{AtomicU16, Ordering};

/// The one group of buffers.
pub(crate) const GROUP: u16 = 0;

const COUNT: u16 = 256;
const SIZE: usize = 4096;

/// The ring and its buffers. Mapped once and never unmapped: the kernel may use both as long as the process lives.
pub(crate) struct BufferRing {
    entries: *mut BufRingEntry,
    buffers: *mut u8,
    tail: u16,
    count: u16,
    size: usize,
}

impl BufferRing {
    /// Registers the ring and hands every buffer to the kernel.
    pub(crate) fn register(submitter: &Submitter<'_>) -> Result<Self> {
        Self::register_sized(submitter, COUNT, SIZE)
    }

    /// The same with so many buffers, a power of two, of that size.
    pub(crate) fn register_sized(
        submitter: &Submitter<'_>,
        count: u16,
        size: usize,
    ) -> Result<Self> {
        let entries = map(usize::from(count) * size_of::<BufRingEntry>())?.cast::<BufRingEntry>();
        // SAFETY: the mapping is page-aligned, zeroed, as long as `count` entries, and never unmapped.
        unsafe { submitter.register_buf_ring_with_flags(entries as u64, count, GROUP, 0) }
            .map_err(|error| format!("no ring of buffers (Linux 5.19 has them): {error}"))?;
        let mut ring = Self {
            entries,
            buffers: map(usize::from(count) * size)?,
            tail: 0,
            count,
            size,
        };
        for id in 0..count {
            ring.give_back(id);
        }
        ring.publish();
        Ok(ring)
    }

    /// The `length` bytes that a completion put into buffer `id`.
    ///
    /// # Panics
    ///
    /// If there is no such buffer or it is shorter.
    ///
    /// # Safety
    ///
    /// A completion must have named the buffer since it was last given back.
    pub(crate) unsafe fn received(&self, id: u16, length: usize) -> &[u8] {
        assert!(id < self.count && length <= self.size);
        // SAFETY: within the mapping of `count` buffers of `size` bytes, which was zeroed; by *lent* the kernel does not write there now,
        // and giving it back takes `&mut self`.
        unsafe { std::slice::from_raw_parts(self.buffers.add(usize::from(id) * self.size), length) }
    }

    /// Puts buffer `id` at the ring's end; the kernel sees it after [`publish`](Self::publish).
    pub(crate) fn give_back(&mut self, id: u16) {
        assert!(id < self.count);
        // SAFETY: the index is below `count`, so within the mapping. The kernel reads only published entries, and this place of the
        // ring is not one: there are as many places as buffers, and this buffer is in none. The entry at place 0 shares its last field
        // with the ring's tail, which the setters leave alone.
        let entry = unsafe { &mut *self.entries.add(usize::from(self.tail % self.count)) };
        // SAFETY: within the mapping, as `id` is below `count`.
        entry.set_addr(unsafe { self.buffers.add(usize::from(id) * self.size) } as u64);
        entry.set_len(self.size as u32);
        entry.set_bid(id);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Shows the kernel what was given back: once a turn.
    pub(crate) fn publish(&mut self) {
        // SAFETY: the tail lies in the mapping's first entry, is aligned for a `u16`, and is only read by the kernel.
        unsafe { AtomicU16::from_ptr(BufRingEntry::tail(self.entries).cast_mut()) }
            .store(self.tail, Ordering::Release);
    }
}

fn map(length: usize) -> Result<*mut u8> {
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory that anybody has.
    let address = unsafe {
        mmap_anonymous(
            ptr::null_mut(),
            length,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE,
        )
    }?;
    Ok(address.cast())
}
