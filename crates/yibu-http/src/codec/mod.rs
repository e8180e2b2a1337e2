//! HTTP/1.1 as bytes to events and events to bytes: no I/O, no clock, no unsafe code.
//!
//! ```text
//!            +--------- Head ----------+
//!            v                         |
//!   bytes -> head -> body -> trailers -+-> Head, Data*, Trailers?, End
//!             |       |         |
//!             +-------+---------+--------> Refusal (the connection must close)
//! ```
//!
//! [`RequestDecoder`] reads a stream of requests. It borrows the bytes, copies none of them and can be cut anywhere:
//! any split of the same bytes gives the same events. [`Head`] is a table of offsets into those bytes, filled in
//! place. [`BodyDecoder`] is its second half alone. [`encode`] writes answers and chunks.
//!
//! Framing is strict, because two parties that disagree about where a message ends let a third one smuggle requests
//! past one of them. Refused are: conflicting or repeated lengths, a length beside a transfer coding, a coding other
//! than exactly `chunked`, a coding in HTTP/1.0, bare CR or LF, folded lines, white space before a colon, numbers that
//! overflow, a missing or repeated `Host`. RFC 9112 allows a recipient to be lenient about some of these; this one
//! never is.
//!
//! What it does not do: decide what is answered (`server`), limit the length of a body (`Request`), or interpret any
//! field that does not frame a message.

mod body;
mod chunked;
pub mod encode;
mod fields;
mod framing;
mod head;
mod refusal;
mod request;
mod target;

pub use body::{BodyDecoder, Event};
pub use fields::Fields;
pub use head::{Framing, Head};
pub use refusal::Refusal;
pub(crate) use refusal::{malformed, refusal};
pub use request::RequestDecoder;

/// How much of a head (or of the trailers) is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a head, from its first to the empty line; at most 4 GiB.
    pub head_bytes: usize,
    /// Bytes of a request's target.
    pub target_bytes: usize,
    /// Number of fields; at most [`MAX_FIELDS`].
    pub fields: usize,
}

/// The most fields that a head can have, whatever the limit says.
pub const MAX_FIELDS: usize = 256;

impl Default for Limits {
    /// 32 KiB, 8 KiB and 100 fields.
    fn default() -> Self {
        Limits {
            head_bytes: 32 << 10,
            target_bytes: 8 << 10,
            fields: 100,
        }
    }
}
