//! Generators: what the comparison with Python (`generator_python`) cannot say. Who may go to another thread, what errors give back, awaits between yields, and every way to end one at every state.
//!
//! Random tests print their seed; `YIBU_TEST_SEED` repeats a run.
#![forbid(unsafe_code)]

mod astray;
mod awaiting;
mod endings;
mod errors;
mod recursion;
mod sends;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// A future that waits for so many polls.
async fn polls(mut times: u32) {
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        Poll::Pending
    })
    .await;
}

/// Polls once, and says whether it was ready.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|cx| match Pin::new(&mut *future).poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What it panics with.
fn panic_of<T>(call: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(call)) else {
        panic!("it did not panic");
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a text")).to_owned(),
    }
}
