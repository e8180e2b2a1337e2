//! The body of an answer with several ranges: `multipart/byteranges` (RFC 9110 14.6).
#![forbid(unsafe_code)]

use std::fmt::Write;
use std::ops::Range;

use bytes::Bytes;
use http::HeaderValue;

/// A stretch of the body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Framing between the ranges.
    Frame(Bytes),
    /// These bytes of the file.
    File(Range<u64>),
}

/// Frames the ranges of a file of `len` bytes and of this type.
///
/// Gives the answer's `Content-Type` and the pieces of its body. The boundary is made of `random`: a file could hold
/// it by chance only, and a reader that goes by the parts' own lengths would not mind even then.
pub(super) fn frame(
    ranges: Vec<Range<u64>>,
    len: u64,
    kind: &HeaderValue,
    random: u64,
) -> (HeaderValue, Vec<Piece>) {
    let boundary = format!("yibu-{random:016x}");
    let kind = kind.to_str().unwrap_or("application/octet-stream");
    let mut pieces = Vec::with_capacity(ranges.len() * 2 + 1);
    let mut head = String::new();
    for range in ranges {
        let content_range = content_range(&range, len);
        // Writing to a string cannot fail.
        let _ = write!(
            head,
            "--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {content_range}\r\n\r\n"
        );
        pieces.push(Piece::Frame(std::mem::take(&mut head).into()));
        pieces.push(Piece::File(range));
        head.push_str("\r\n");
    }
    pieces.push(Piece::Frame(format!("{head}--{boundary}--\r\n").into()));
    let kind = HeaderValue::try_from(format!("multipart/byteranges; boundary={boundary}"));
    (kind.expect("it is printable ASCII"), pieces)
}

/// The value of `Content-Range` for a range that is not empty: its first and last byte, then the whole length.
pub(super) fn content_range(range: &Range<u64>, len: u64) -> String {
    format!("bytes {}-{}/{len}", range.start, range.end - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_framed_as_the_rfc_shows() {
        let text = HeaderValue::from_static("text/plain");
        let (kind, pieces) = frame(vec![500..1000, 7000..8000], 8000, &text, 0xABC);
        assert_eq!(kind, "multipart/byteranges; boundary=yibu-0000000000000abc");
        let frame = |text: &'static str| Piece::Frame(Bytes::from_static(text.as_bytes()));
        assert_eq!(
            pieces,
            [
                frame(
                    "--yibu-0000000000000abc\r\nContent-Type: text/plain\r\nContent-Range: bytes 500-999/8000\r\n\r\n"
                ),
                Piece::File(500..1000),
                frame(
                    "\r\n--yibu-0000000000000abc\r\nContent-Type: text/plain\r\nContent-Range: bytes 7000-7999/8000\r\n\r\n"
                ),
                Piece::File(7000..8000),
                frame("\r\n--yibu-0000000000000abc--\r\n"),
            ]
        );
    }
}
