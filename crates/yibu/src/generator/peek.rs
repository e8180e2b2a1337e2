//! A cell that can be looked into.
//!
//! Unsafe here: the look. Invariant:
//!
//! - **LOOK.** While somebody looks, nobody writes: who looks is a test that has captured nothing, so it knows of no cell, and there is no other thread ([`Cell`]).
//!
//! Covered by every yield in the tests of `generator`, under AddressSanitizer; by `a_yield_that_was_given_up_has_yielded` where something lies there.

use std::cell::Cell;

/// A [`Cell`] whose value can be tested where it is.
pub(super) struct Peek<T>(Cell<T>);

impl<T> Peek<T> {
    #[inline(always)]
    pub(super) fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    #[inline(always)]
    pub(super) fn replace(&self, value: T) -> T {
        self.0.replace(value)
    }

    #[inline(always)]
    pub(super) fn into_inner(self) -> T {
        self.0.into_inner()
    }

    #[inline(always)]
    pub(super) fn is<F: Fn(&T) -> bool>(&self, test: F) -> bool {
        const { assert!(size_of::<F>() == 0, "a test captures nothing") };
        // SAFETY: LOOK.
        test(unsafe { &*self.0.as_ptr() })
    }
}
