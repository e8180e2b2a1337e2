//! The buffers of a connection that has something to do.
#![forbid(unsafe_code)]

use crate::codec::{BodyDecoder, Event, Head, Limits, Refusal, RequestDecoder};

/// Exists while requests are being served; an idle connection has none.
///
/// ```text
///   input: [ served | head | received, not decoded ]
///                   ^head_at ^at
/// ```
///
/// A head and whatever came with it lie here. The rest of a body is decoded where the stream received it.
#[derive(Debug)]
pub(crate) struct Work {
    decoder: RequestDecoder,
    input: Vec<u8>,
    head_at: usize,
    at: usize,
    /// Lent to the `Writer`.
    pub(super) out: Vec<u8>,
}

/// Buffers larger than this are not kept for later.
const SPARE_BYTES: usize = 64 << 10;

impl Work {
    pub(crate) fn new(limits: Limits) -> Self {
        let decoder = RequestDecoder::new(limits);
        Work {
            decoder,
            input: Vec::new(),
            head_at: 0,
            at: 0,
            out: Vec::new(),
        }
    }

    pub(crate) fn head(&self) -> &Head {
        self.decoder.head()
    }

    pub(crate) fn body(&self) -> &BodyDecoder {
        self.decoder.body()
    }

    /// The bytes that the head's offsets refer to.
    pub(crate) fn head_bytes(&self) -> &[u8] {
        &self.input[self.head_at..]
    }

    /// Whether everything received has been decoded.
    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.input.len()
    }

    /// Whether no message has begun. An empty line, which some clients send behind a body, is none (RFC 9112, 2.2), and is
    /// thrown away.
    pub(crate) fn is_between_messages(&mut self) -> bool {
        if self.input[self.at..] == *b"\r\n" {
            self.at = self.input.len();
        }
        self.is_empty()
    }

    /// Appends received bytes. Those before the current head are no longer needed.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.input.drain(..self.at);
        (self.head_at, self.at) = (0, 0);
        self.input.extend_from_slice(bytes);
    }

    /// The next head among the bytes here; `false` if it is not complete.
    #[inline]
    pub(crate) fn decode_head(&mut self, ended: bool) -> Result<bool, Refusal> {
        let Some(length) = self.decoder.decode_head(&self.input[self.at..], ended)? else {
            return Ok(false);
        };
        self.head_at = self.at;
        self.at += length;
        Ok(true)
    }

    /// The next event of a body among the next `limit` bytes here, and how many of them it took.
    pub(crate) fn decode_body(
        &mut self,
        limit: usize,
    ) -> Result<(usize, Option<Event<'_>>), Refusal> {
        let end = self.at.saturating_add(limit).min(self.input.len());
        let (used, event) = self.decoder.decode(&self.input[self.at..end], false)?;
        self.at += used;
        Ok((used, event))
    }

    /// The next event of a body among bytes that are not here.
    pub(crate) fn decode_elsewhere<'a>(
        &mut self,
        bytes: &'a [u8],
    ) -> Result<(usize, Option<Event<'a>>), Refusal> {
        debug_assert!(self.is_empty() && !self.decoder.body().is_done());
        self.decoder.decode(bytes, false)
    }

    /// Makes it fit for another connection, if it is worth keeping. It must have served its messages to their ends.
    pub(super) fn recycle(&mut self) -> bool {
        self.input.clear();
        self.out.clear();
        (self.head_at, self.at) = (0, 0);
        let is_small = self.input.capacity() <= SPARE_BYTES && self.out.capacity() <= SPARE_BYTES;
        is_small && self.decoder.is_between_messages()
    }
}
