//! The ring of buffers that the kernel fills with received bytes.
//!
//! One ring serves all streams of a loop. The kernel takes a buffer only when bytes arrive, so an idle connection
//! holds none; what was received is copied to its stream, and the buffer given back at once. Given-back buffers are made
//! visible to the kernel together, by [`Received::publish`], once before the ring is entered.
//!
//! Invariant **BUFFERS**: the kernel owns every buffer between `give_back` and the completion that names it, and we between that
//! completion and `give_back`. The `Layout`s below stay allocated until the ring is gone or, if it cannot be drained, for ever.
//! Tested by every test of received bytes under AddressSanitizer (`--cfg yibu_asan`): the kernel's buffers are poisoned.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::IoUring;
use io_uring::types::BufRingEntry;

use crate::event_loop::poison;

/// The group's number in its ring; a loop has one group.
pub(super) const GROUP: u16 = 0;
const COUNT: u16 = 256;
const SIZE: usize = 8 * 1024;
const PAGE: usize = 4096;

const ENTRIES: Layout = layout(COUNT as usize * size_of::<BufRingEntry>());
const MEMORY: Layout = layout(COUNT as usize * SIZE);

const fn layout(size: usize) -> Layout {
    match Layout::from_size_align(size, PAGE) {
        Ok(layout) => layout,
        Err(_) => panic!("a buffer ring's layout is valid"),
    }
}

pub(super) struct Received {
    entries: NonNull<BufRingEntry>,
    memory: NonNull<u8>,
    tail: u16,
    published: u16,
}

impl Received {
    pub(super) fn new(ring: &IoUring) -> io::Result<Self> {
        let entries = allocate(ENTRIES).cast::<BufRingEntry>();
        let mut received = Self {
            entries,
            memory: allocate(MEMORY),
            tail: 0,
            published: 0,
        };
        // SAFETY: **BUFFERS**: the entries are page-aligned, of the size told, zeroed, and freed only after the ring.
        unsafe {
            ring.submitter().register_buf_ring_with_flags(
                entries.as_ptr() as u64,
                COUNT,
                GROUP,
                0,
            )?
        };
        (0..COUNT).for_each(|buffer| received.give_back(buffer));
        received.publish();
        Ok(received)
    }

    /// The bytes that a completion says were received into `buffer`; ours until [`give_back`](Self::give_back).
    pub(super) fn bytes(&self, buffer: u16, len: usize) -> &[u8] {
        assert!(
            buffer < COUNT && len <= SIZE,
            "the kernel named buffer {buffer} with {len} bytes"
        );
        let start = self.start(buffer);
        poison::take_from_kernel(start, SIZE);
        // SAFETY: **BUFFERS**: the completion made the buffer ours, and it is inside the allocation; it was zeroed, so it is initialized.
        unsafe { std::slice::from_raw_parts(start, len) }
    }

    pub(super) fn give_back(&mut self, buffer: u16) {
        assert!(buffer < COUNT, "buffer {buffer} is of this ring");
        let start = self.start(buffer);
        poison::lend_to_kernel(start, SIZE);
        let slot = usize::from(self.tail & (COUNT - 1));
        // SAFETY: **BUFFERS**: `slot` is inside the entries, and no more than COUNT buffers are ever given back, so the
        // kernel does not read this entry before `publish`. Entry 0 shares memory with the ring's tail only in a field that is not written here.
        let entry = unsafe { &mut *self.entries.as_ptr().add(slot) };
        entry.set_addr(start as u64);
        entry.set_len(SIZE as u32);
        entry.set_bid(buffer);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Makes what was given back visible to the kernel.
    #[inline]
    pub(super) fn publish(&mut self) {
        if self.published != self.tail {
            self.published = self.tail;
            // SAFETY: **BUFFERS**: the entries are allocated; the tail is a field of the first, aligned for u16, which the kernel only reads.
            let tail = unsafe { &*BufRingEntry::tail(self.entries.as_ptr()).cast::<AtomicU16>() };
            tail.store(self.tail, Ordering::Release);
        }
    }

    fn start(&self, buffer: u16) -> *mut u8 {
        // SAFETY: callers have checked that `buffer` is below COUNT.
        unsafe { self.memory.as_ptr().add(usize::from(buffer) * SIZE) }
    }
}

/// Runs when the ring is closed and drained; otherwise the owner forgets it.
impl Drop for Received {
    fn drop(&mut self) {
        poison::take_from_kernel(self.memory.as_ptr(), MEMORY.size());
        // SAFETY: both were allocated with these layouts, and the kernel is done with them (**BUFFERS**).
        unsafe {
            dealloc(self.entries.as_ptr().cast(), ENTRIES);
            dealloc(self.memory.as_ptr(), MEMORY);
        }
    }
}

fn allocate(layout: Layout) -> NonNull<u8> {
    // SAFETY: no layout here has size zero.
    let start = unsafe { alloc_zeroed(layout) };
    NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout))
}
