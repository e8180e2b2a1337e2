//! The body of a message, whichever way it is delimited.
#![forbid(unsafe_code)]

use http::HeaderMap;

use super::chunked::Chunked;
use super::{Framing, Limits, Refusal};

/// What a decoder found.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A head; [`RequestDecoder::head`](super::RequestDecoder::head) lends it.
    Head,
    /// Bytes of the body; never empty. How they are cut says nothing.
    Data(&'a [u8]),
    /// The fields after a chunked body, if it has any.
    Trailers(Box<HeaderMap>),
    /// The end of the message.
    End,
}

/// Decodes one body.
///
/// ```
/// use yibu_http::codec::{BodyDecoder, Event};
///
/// let mut body = BodyDecoder::with_length(3);
/// assert_eq!(body.decode(b"abcGET /"), Ok((3, Some(Event::Data(b"abc")))));
/// assert_eq!(body.decode(b"GET /"), Ok((0, Some(Event::End))));
/// ```
#[derive(Debug)]
pub struct BodyDecoder(Kind);

#[derive(Debug)]
enum Kind {
    Length(u64),
    // Boxed: few messages are chunked, and it is ten times the size of a length.
    Chunked(Box<Chunked>),
    UntilClose,
    Done,
}

impl BodyDecoder {
    /// The body after a request's head.
    pub fn new(framing: Framing, limits: &Limits) -> Self {
        match framing {
            Framing::Length(length) => BodyDecoder::with_length(length),
            Framing::Chunked => BodyDecoder(Kind::Chunked(Box::new(Chunked::new(limits)))),
        }
    }

    /// A body of so many bytes.
    pub fn with_length(length: u64) -> Self {
        BodyDecoder(Kind::Length(length))
    }

    /// A body that ends with the stream: only an answer can have one (RFC 9112, 6.3).
    pub fn until_close() -> Self {
        BodyDecoder(Kind::UntilClose)
    }

    /// Finds the next event at the start of `input`, and says how many of its bytes are used up. Without an event it
    /// needs more bytes than there were. After the end there is none.
    ///
    /// # Errors
    ///
    /// The framing is malformed; nothing after it can be trusted.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, Option<Event<'a>>), Refusal> {
        match &mut self.0 {
            Kind::Length(0) => {
                self.0 = Kind::Done;
                Ok((0, Some(Event::End)))
            }
            Kind::Length(_) | Kind::UntilClose if input.is_empty() => Ok((0, None)),
            Kind::Length(left) => {
                let take = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(input.len());
                *left -= take as u64;
                Ok((take, Some(Event::Data(&input[..take]))))
            }
            Kind::UntilClose => Ok((input.len(), Some(Event::Data(input)))),
            Kind::Chunked(chunked) => {
                let found = chunked.decode(input)?;
                if found.1 == Some(Event::End) {
                    self.0 = Kind::Done;
                }
                Ok(found)
            }
            Kind::Done => Ok((0, None)),
        }
    }

    /// Whether the body is complete if the stream ends here. It is then [done](Self::is_done).
    pub fn end_of_stream(&mut self) -> bool {
        if matches!(self.0, Kind::UntilClose | Kind::Length(0)) {
            self.0 = Kind::Done;
        }
        self.is_done()
    }

    /// Whether the end was found.
    pub fn is_done(&self) -> bool {
        matches!(self.0, Kind::Done)
    }

    /// How many bytes are still to come, if the length was named.
    pub fn left(&self) -> Option<u64> {
        match self.0 {
            Kind::Length(left) => Some(left),
            Kind::Done => Some(0),
            Kind::Chunked(_) | Kind::UntilClose => None,
        }
    }
}
