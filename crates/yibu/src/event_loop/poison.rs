//! Marks memory that the kernel owns, so that AddressSanitizer reports whoever touches it meanwhile.
//!
//! That it marks is tested in `buffers::tests`, that nobody is reported by all of `tests/`, run so.
//!
//! Without `--cfg yibu_asan` both functions are empty.

/// The kernel owns these bytes from here on.
#[inline]
pub(crate) fn lend_to_kernel(start: *const u8, len: usize) {
    #[cfg(yibu_asan)]
    // SAFETY: the sanitizer's run time only marks the range in its shadow memory.
    unsafe {
        __asan_poison_memory_region(start.cast(), len);
    }
    #[cfg(not(yibu_asan))]
    let _ = (start, len);
}

/// The bytes are ours again.
#[inline]
pub(crate) fn take_from_kernel(start: *const u8, len: usize) {
    #[cfg(yibu_asan)]
    // SAFETY: as above.
    unsafe {
        __asan_unpoison_memory_region(start.cast(), len);
    }
    #[cfg(not(yibu_asan))]
    let _ = (start, len);
}

/// Whether a byte is marked; never without `--cfg yibu_asan`.
#[cfg(test)]
pub(crate) fn is_lent(byte: *const u8) -> bool {
    #[cfg(yibu_asan)]
    // SAFETY: only looks at the shadow memory.
    return unsafe { __asan_address_is_poisoned(byte.cast()) != 0 };
    #[cfg(not(yibu_asan))]
    return {
        let _ = byte;
        false
    };
}

#[cfg(yibu_asan)]
unsafe extern "C" {
    #[cfg(test)]
    fn __asan_address_is_poisoned(byte: *const core::ffi::c_void) -> core::ffi::c_int;
    fn __asan_poison_memory_region(start: *const core::ffi::c_void, len: usize);
    fn __asan_unpoison_memory_region(start: *const core::ffi::c_void, len: usize);
}
