//! The answer, many times over, for the contestants that do nothing but send it.

#![forbid(unsafe_code)]

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, UNIX_EPOCH};

/// The most answers in one send.
pub(crate) const MOST: usize = 256;

/// A block of [`MOST`] equal answers; a connection is sent as many of them as it asked for.
pub(crate) struct Answers {
    block: Vec<u8>,
    length: usize,
    second: i64,
}

impl Answers {
    /// With the current date.
    pub(crate) fn new() -> Self {
        let mut answers = Self {
            block: Vec::new(),
            length: 0,
            second: -1,
        };
        answers.set_date();
        answers
    }

    /// Brings the date up to now: once a turn. The answers keep their length, and the block its place in memory.
    pub(crate) fn set_date(&mut self) {
        let second = clock_gettime(ClockId::RealtimeCoarse).tv_sec;
        if second == self.second {
            return;
        }
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second.unsigned_abs()));
        let answer = format!(
            "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n\r\nHello, world!"
        );
        self.second = second;
        self.length = answer.len();
        self.block.clear();
        for _ in 0..MOST {
            self.block.extend_from_slice(answer.as_bytes());
        }
    }

    /// The bytes of `count` answers, at most [`MOST`].
    pub(crate) fn bytes(&self, count: usize) -> &[u8] {
        &self.block[..count * self.length]
    }
}
