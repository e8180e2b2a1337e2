//! Events to bytes: the head of an answer, its chunks, its trailers.
//!
//! What comes from outside is typed ([`StatusCode`], [`HeaderName`], [`HeaderValue`]): these types hold no CR and no LF,
//! so nothing that a handler passes on can begin a line of its own, and no answer can be split in two.
#![forbid(unsafe_code)]

use std::io::Write;
use std::time::SystemTime;

use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, TE, TRAILER, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// How the recipient finds the end of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// By `Content-Length`.
    Length(u64),
    /// By the last chunk.
    Chunked,
    /// By the end of the stream.
    Close,
    /// The status has no body (RFC 9112, 6.3), or the fields are to say how long it would have been.
    Nothing,
}

/// What `Connection` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing: what the version means.
    Default,
    /// `keep-alive`, for HTTP/1.0.
    KeepAlive,
    /// `close`.
    Close,
}

/// A rendered `Date`, behind the status line that most answers begin with. Rendering costs as much as the rest of a small
/// answer, so one serves for a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date([u8; OK_LINE.len() + DATE_LINE]);

const OK_LINE: &[u8] = b"HTTP/1.1 200 OK\r\n";
const DATE_LINE: usize = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".len();

impl Date {
    /// The line for this moment; a moment before 1970 or after 9999 counts as 1970.
    pub fn at(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        let is_past_9999 = since.map_or(true, |since| since.as_secs() >= 253_402_300_800);
        let time = if is_past_9999 {
            SystemTime::UNIX_EPOCH
        } else {
            time
        };
        let mut lines = [0; OK_LINE.len() + DATE_LINE];
        let (ok, date) = lines.split_at_mut(OK_LINE.len());
        ok.copy_from_slice(OK_LINE);
        write!(&mut *date, "Date: {}\r\n", httpdate::HttpDate::from(time))
            .expect("every date has this length");
        Date(lines)
    }

    fn line(&self) -> &[u8] {
        &self.0[OK_LINE.len()..]
    }
}

/// The head of an answer.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: StatusCode,
    /// The fields. Those that frame the message are left out unless `delimiter` is [`Delimiter::Nothing`], which keeps
    /// `Content-Length`.
    pub headers: Option<&'a HeaderMap>,
    /// The `Content-Type`, unless `headers` has one.
    pub content_type: Option<&'a HeaderValue>,
    /// How the body ends.
    pub delimiter: Delimiter,
    /// What becomes of the connection.
    pub persistence: Persistence,
    /// The `Date`, unless `headers` has one.
    pub date: &'a Date,
}

impl ResponseHead<'_> {
    /// Appends the head to `out`.
    #[inline]
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(256);
        match self.headers {
            None if self.status == StatusCode::OK => out.extend_from_slice(&self.date.0),
            headers => {
                encode_status(self.status, out);
                if !headers.is_some_and(|headers| headers.contains_key(DATE)) {
                    out.extend_from_slice(self.date.line());
                }
            }
        }
        if let Some(content_type) = self.content_type
            && !self
                .headers
                .is_some_and(|headers| headers.contains_key(CONTENT_TYPE))
        {
            out.extend_from_slice(b"Content-Type: ");
            out.extend_from_slice(content_type.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        if let Some(headers) = self.headers {
            self.encode_fields(headers, out);
        }
        match self.delimiter {
            Delimiter::Length(length) => {
                out.extend_from_slice(b"Content-Length: ");
                encode_decimal_line(length, out);
            }
            Delimiter::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            Delimiter::Close | Delimiter::Nothing => (),
        }
        out.extend_from_slice(match self.persistence {
            Persistence::Default => b"\r\n",
            Persistence::KeepAlive => b"Connection: keep-alive\r\n\r\n",
            Persistence::Close => b"Connection: close\r\n\r\n",
        });
    }

    fn encode_fields(&self, headers: &HeaderMap, out: &mut Vec<u8>) {
        for (name, value) in headers {
            let keep = *name == CONTENT_LENGTH && self.delimiter == Delimiter::Nothing;
            if keep || ![CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(name) {
                encode_field(name.as_str().as_bytes(), value, out);
            }
        }
    }
}

/// The interim answer that lets a client send its body (RFC 9110, 15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Appends the line before a chunk of `length` bytes. After them goes CR LF. A length of 0 would end the body: use
/// [`last_chunk`].
pub fn chunk_size(length: usize, out: &mut Vec<u8>) {
    assert!(length > 0, "an empty chunk ends the body");
    write!(out, "{length:x}\r\n").expect("a vector takes every byte");
}

/// Appends the end of a chunked body, with those of the trailers that may be some.
pub fn last_chunk(trailers: &HeaderMap, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers.iter().filter(|(name, _)| !frames_a_message(name)) {
        encode_field(name.as_str().as_bytes(), value, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Whether a field says where a message ends or whom it goes to, and so can be no trailer (RFC 9110, 6.5.1).
pub(super) fn frames_a_message(name: &HeaderName) -> bool {
    [
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        CONNECTION,
        TRAILER,
        HOST,
        TE,
    ]
    .contains(name)
}

fn encode_status(status: StatusCode, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or("").as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn encode_field(name: &[u8], value: &HeaderValue, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn encode_decimal_line(number: u64, out: &mut Vec<u8>) {
    // Short answers are the ones whose head costs as much as the rest.
    if let 10..100 = number {
        let (tens, ones) = (b'0' + (number / 10) as u8, b'0' + (number % 10) as u8);
        return out.extend_from_slice(&[tens, ones, b'\r', b'\n']);
    }
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    out.extend_from_slice(b"\r\n");
}
