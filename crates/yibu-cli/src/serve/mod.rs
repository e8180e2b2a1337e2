//! `yibu serve`: a directory over HTTP, a loop per core.
//!
//! ```text
//! main thread: check, bind, say where ── loop 0 (and the signals' pipe)
//!                                     ├─ thread: loop 1
//!                                     └─ thread: loop 2 …
//! ```
//!
//! The loops share nothing but the [`Shutdown`](yibu_http::Shutdown): a signal starts it, and so does a loop that
//! fails.

mod log;
mod loops;
mod signals;
mod start;

pub(crate) use start::run;
