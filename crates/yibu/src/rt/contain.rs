//! Running code that is not ours where a panic must not pass.
#![forbid(unsafe_code)]

use std::any::Any;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What was panicked with.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Runs user code that must not unwind into the caller. Returns what it panicked with.
pub(crate) fn contain(f: impl FnOnce()) -> Option<Payload> {
    catch_unwind(AssertUnwindSafe(f)).err()
}

/// Runs user code for which nobody is left to hear of a panic (the panic hook has printed it).
pub(crate) fn hush(f: impl FnOnce()) {
    let mut payload = contain(f);
    // A payload's destructor is user code too, and so is that of what it panics with. Someone does it on purpose: leak it.
    for _ in 0..2 {
        let Some(panicked) = payload else { return };
        payload = contain(|| drop(panicked));
    }
    forget(payload);
}

/// What a panic said, where that is a string, as it nearly always is.
pub(crate) fn message(payload: &Payload) -> Option<Box<str>> {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.map(Box::from)
}
