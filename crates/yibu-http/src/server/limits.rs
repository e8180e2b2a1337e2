//! What one client may ask of a server.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::codec;

/// Limits on what clients may send and how slowly; on unless set otherwise.
///
/// Times are kept by a sweep that comes round a few times a second: none ends early, and each may end up to half a
/// second late.
///
/// ```
/// use std::time::Duration;
/// use yibu_http::Limits;
///
/// let limits = Limits { keep_alive: Duration::from_secs(15), ..Limits::default() };
/// assert_eq!(limits.head_bytes, 32 << 10);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a client may take from the first byte of a head to its last; then it gets a 408. Also how long it may
    /// take from connecting to its first byte; then it is closed without a word. 10 seconds.
    pub head_time: Duration,
    /// How long a connection may rest between two requests. 75 seconds.
    pub keep_alive: Duration,
    /// The bytes of a body that must arrive per second of waiting, once [`body_grace`](Self::body_grace) is used up;
    /// 0 for no limit. 500.
    pub body_rate: u64,
    /// How long a body may be waited for beyond what its rate allows. 10 seconds.
    pub body_grace: Duration,
    /// How long a client may leave no room for more of an answer. Then it is reset. Room comes in steps of up to
    /// 256 KiB, so this also bounds how slowly an answer may be read. Meanwhile up to 384 KiB of the answer are in memory. 60 seconds.
    pub write_stall: Duration,
    /// How long a connection that is being closed is read, and what arrives thrown away, so that the client sees the
    /// answer before the close. 2 seconds.
    pub linger: Duration,
    /// Bytes of a head. More get a 431. 32 KiB; also for trailers.
    pub head_bytes: usize,
    /// Bytes of a target. More get a 414. 8 KiB.
    pub target_bytes: usize,
    /// Header fields of a request; never more than 256. More get a 431. 100; also for trailers.
    pub headers: usize,
    /// Bytes of a body that a handler can read unless it asks for more with
    /// [`set_body_limit`](crate::Request::set_body_limit). 2 MiB.
    pub body_bytes: u64,
    /// Connections at once. Those beyond wait until one ends: in the kernel's queue, but for the few that the loop has
    /// accepted ahead (up to 64, or what came in one burst). 20,000.
    pub connections: usize,
    /// How long requests in flight may take to finish once a shutdown has begun. 30 seconds.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_time: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            body_rate: 500,
            body_grace: Duration::from_secs(10),
            write_stall: Duration::from_secs(60),
            linger: Duration::from_secs(2),
            head_bytes: 32 << 10,
            target_bytes: 8 << 10,
            headers: 100,
            body_bytes: 2 << 20,
            connections: 20_000,
            shutdown: Duration::from_secs(30),
        }
    }
}

impl Limits {
    pub(crate) fn codec(&self) -> codec::Limits {
        codec::Limits {
            head_bytes: self.head_bytes,
            target_bytes: self.target_bytes,
            fields: self.headers,
        }
    }
}
