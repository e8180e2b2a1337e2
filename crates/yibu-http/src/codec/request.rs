//! A stream of requests.
#![forbid(unsafe_code)]

use super::head::TARGET_TOO_LONG;
use super::{BodyDecoder, Event, Framing, Head, Limits, Refusal, malformed, refusal};

/// Decodes the requests of one connection, one after the other.
///
/// ```
/// use yibu_http::codec::{Event, Limits, RequestDecoder};
///
/// let bytes = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\nGET /c";
/// let mut decoder = RequestDecoder::new(Limits::default());
/// assert_eq!(decoder.decode(bytes, false), Ok((28, Some(Event::Head))));
/// assert_eq!(decoder.head().target(bytes), "/a");
/// assert_eq!(decoder.decode(&bytes[28..], false), Ok((0, Some(Event::End))));
/// assert_eq!(decoder.decode(&bytes[28..], false), Ok((0, None))); // needs more bytes
/// ```
#[derive(Debug)]
pub struct RequestDecoder {
    limits: Limits,
    head: Head,
    /// Of the message whose head was found; done between two messages.
    body: BodyDecoder,
    /// How long the incomplete head was when it was parsed last.
    parsed: usize,
    /// How much of it has been searched for its end.
    searched: usize,
}

impl RequestDecoder {
    /// A decoder at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        let mut body = BodyDecoder::with_length(0);
        body.end_of_stream();
        RequestDecoder {
            limits,
            head: Head::default(),
            body,
            parsed: 0,
            searched: 0,
        }
    }

    /// The head that was found last. Its offsets refer to the bytes in which it was found.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The body after it.
    pub fn body(&self) -> &BodyDecoder {
        &self.body
    }

    /// Whether the next byte would begin a head.
    pub fn is_between_messages(&self) -> bool {
        self.body.is_done() && self.parsed == 0
    }

    /// Finds the next event at the start of `input`, and says how many of its bytes are used up. The rest must be given
    /// again, with more behind it. Without an event it needs more bytes; `ended` says that there are none, and then no
    /// event means that the stream ended properly, between two messages.
    ///
    /// # Errors
    ///
    /// The bytes are no request, or only a part of one. Nothing after them can be trusted: answer with the refusal's
    /// status and close.
    #[inline]
    pub fn decode<'a>(
        &mut self,
        input: &'a [u8],
        ended: bool,
    ) -> Result<(usize, Option<Event<'a>>), Refusal> {
        if self.body.is_done() {
            let length = self.decode_head(input, ended)?;
            if length.is_some() && self.body.is_done() {
                self.body = BodyDecoder::with_length(0); // its end is an event of its own
            }
            return Ok((length.unwrap_or(0), length.map(|_| Event::Head)));
        }
        let found = self.body.decode(input)?;
        if ended && found.1.is_none() {
            return Err(CUT_OFF);
        }
        Ok(found)
    }

    /// The next head alone, and its length: what [`decode`](Self::decode) does between two messages. A body that has no
    /// bytes is done with it.
    #[inline]
    pub(crate) fn decode_head(
        &mut self,
        input: &[u8],
        ended: bool,
    ) -> Result<Option<usize>, Refusal> {
        if input.is_empty() {
            return Ok(None);
        }
        let head = &input[..input.len().min(self.limits.head_bytes)];
        let is_full = head.len() == self.limits.head_bytes;
        if self.is_worth_parsing(head) || is_full || ended {
            if let Some(length) = self.head.parse(head, &self.limits)? {
                (self.parsed, self.searched) = (0, 0);
                if self.head.framing() != Framing::Length(0) {
                    self.body = BodyDecoder::new(self.head.framing(), &self.limits);
                }
                return Ok(Some(length));
            }
            self.parsed = head.len();
        }
        match () {
            () if is_full => Err(too_long(head)),
            () if ended => Err(CUT_OFF),
            () => Ok(None),
        }
    }

    /// Parsing an incomplete head anew for every byte that arrives would cost the square of its length. It is done at
    /// first, when there are twice as many bytes, and when its end has come.
    fn is_worth_parsing(&mut self, head: &[u8]) -> bool {
        if self.parsed == 0 || head.len() >= 2 * self.parsed {
            return true;
        }
        let from = self.searched.saturating_sub(2);
        self.searched = head.len();
        // A bare LF ends a head too; the parser then refuses it.
        head[from..].windows(2).any(|two| two == b"\n\n")
            || head[from..].windows(3).any(|three| three == b"\n\r\n")
    }
}

const CUT_OFF: Refusal = malformed!("the stream ended in the middle of a message");

/// Which part of an unfinished head made it too long.
fn too_long(head: &[u8]) -> Refusal {
    let line = head.trim_ascii_start();
    if line.contains(&b'\n') {
        refusal!(REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is too long") // RFC 6585, 5
    } else if line.contains(&b' ') {
        TARGET_TOO_LONG // RFC 9110, 15.5.15
    } else {
        refusal!(NOT_IMPLEMENTED, "the method is too long") // RFC 9112, 3
    }
}
