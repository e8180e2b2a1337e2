//! The chunked coding (RFC 9112, 7.1), one byte of framing at a time.
//!
//! ```text
//!   Size -> Extension -> SizeLf -+-> Data -> DataCr -> DataLf -> Size ...
//!                                +-> Trailers -> Done                      (size 0)
//! ```
#![forbid(unsafe_code)]

use http::{HeaderMap, HeaderName, HeaderValue};

use super::fields::{BARE_LF, ends_with_crlf, offset};
use super::head::TOO_MANY_FIELDS;
use super::{Event, Limits, MAX_FIELDS, Refusal, malformed, refusal};

/// How many bytes all extensions of one message may have together: each chunk could carry some, and nobody reads them.
const EXTENSION_BYTES: usize = 16 << 10;

/// Decodes one chunked body.
#[derive(Debug)]
pub(super) struct Chunked {
    state: State,
    /// Of the chunk: what was read of its size, then what is left of its data.
    size: u64,
    digits: u8,
    extensions: usize,
    /// The trailer section as far as it has arrived. Most messages have none, and then nothing is allocated.
    trailers: Vec<u8>,
    limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Size,
    /// White space after the size, which only an extension may follow.
    BeforeExtension,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
    Done,
}

impl Chunked {
    pub(super) fn new(limits: &Limits) -> Self {
        Chunked {
            state: State::Size,
            size: 0,
            digits: 0,
            extensions: 0,
            trailers: Vec::new(),
            limits: *limits,
        }
    }

    /// The next event at the start of `input`, and how many bytes of it are used up.
    pub(super) fn decode<'a>(
        &mut self,
        input: &'a [u8],
    ) -> Result<(usize, Option<Event<'a>>), Refusal> {
        let mut used = 0;
        while used < input.len() {
            match self.state {
                State::Data => {
                    let take = usize::try_from(self.size)
                        .unwrap_or(usize::MAX)
                        .min(input.len() - used);
                    self.size -= take as u64;
                    if self.size == 0 {
                        self.state = State::DataCr;
                    }
                    return Ok((used + take, Some(Event::Data(&input[used..used + take]))));
                }
                State::Trailers => {
                    let (taken, trailers) = self.take_trailers(&input[used..])?;
                    used += taken;
                    if let Some(trailers) = trailers {
                        self.state = State::Done;
                        let event = if trailers.is_empty() {
                            Event::End
                        } else {
                            Event::Trailers(Box::new(trailers))
                        };
                        return Ok((used, Some(event)));
                    }
                }
                State::Done => break,
                _ => {
                    self.framing(input[used])?;
                    used += 1;
                }
            }
        }
        // The end after trailers; without trailers it came in their place, and nobody asks again.
        let event = (self.state == State::Done).then_some(Event::End);
        Ok((used, event))
    }

    /// One byte between two pieces of data.
    fn framing(&mut self, byte: u8) -> Result<(), Refusal> {
        self.state = match (self.state, byte) {
            (State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                // 16 digits are 64 bits.
                if self.digits == 16 {
                    return Err(malformed!("a chunk size overflows"));
                }
                self.digits += 1;
                self.size = self.size << 4 | u64::from((byte as char).to_digit(16).unwrap_or(0));
                State::Size
            }
            (State::Size, _) if self.digits == 0 => {
                return Err(malformed!("a chunk has no size"));
            }
            (State::Size | State::BeforeExtension, b' ' | b'\t') => {
                self.extension(State::BeforeExtension)?
            }
            (State::Size | State::BeforeExtension, b';') => self.extension(State::Extension)?,
            (State::Size | State::Extension, b'\r') => State::SizeLf,
            // Visible characters, also in quotes, white space, and bytes beyond ASCII.
            (State::Extension, b'\t' | b' '..=b'~' | 0x80..) => self.extension(State::Extension)?,
            (State::SizeLf, b'\n') if self.size == 0 => State::Trailers,
            (State::SizeLf, b'\n') => State::Data,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                self.digits = 0;
                State::Size
            }
            _ => return Err(malformed!("a chunk is malformed")),
        };
        Ok(())
    }

    fn extension(&mut self, next: State) -> Result<State, Refusal> {
        self.extensions += 1;
        if self.extensions > EXTENSION_BYTES {
            return Err(refusal!(PAYLOAD_TOO_LARGE, "chunk extensions are too long"));
        }
        Ok(next)
    }

    /// Collects the trailer section up to its empty line: how many bytes of `input` belong to it, and the fields if it
    /// is complete.
    fn take_trailers(&mut self, input: &[u8]) -> Result<(usize, Option<HeaderMap>), Refusal> {
        for (i, &byte) in input.iter().enumerate() {
            if self.trailers.len() == self.limits.head_bytes {
                return Err(refusal!(
                    REQUEST_HEADER_FIELDS_TOO_LARGE,
                    "the trailers are too long"
                ));
            }
            self.trailers.push(byte);
            if byte == b'\n' && (self.trailers == b"\r\n" || self.trailers.ends_with(b"\r\n\r\n")) {
                let section = std::mem::take(&mut self.trailers);
                return Ok((i + 1, Some(parse_trailers(&section, &self.limits)?)));
            }
            if byte == b'\n' && !ends_with_crlf(&self.trailers, self.trailers.len()) {
                return Err(BARE_LF);
            }
        }
        Ok((input.len(), None))
    }
}

const MALFORMED: Refusal = malformed!("the trailers are malformed");

fn parse_trailers(section: &[u8], limits: &Limits) -> Result<HeaderMap, Refusal> {
    let mut trailers = HeaderMap::new();
    if section == b"\r\n" {
        return Ok(trailers);
    }
    let mut lines = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let lines = &mut lines[..limits.fields.min(MAX_FIELDS)];
    let lines = match httparse::parse_headers(section, lines) {
        Ok(httparse::Status::Complete((length, lines))) if length == section.len() => lines,
        Err(httparse::Error::TooManyHeaders) => return Err(TOO_MANY_FIELDS),
        _ => return Err(MALFORMED),
    };
    for line in lines {
        let start = offset(section, line.name.as_bytes()).0 as usize;
        if start != 0 && !ends_with_crlf(section, start) {
            return Err(BARE_LF);
        }
        let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| MALFORMED)?;
        if super::encode::frames_a_message(&name) {
            return Err(malformed!("a trailer that frames the message")); // RFC 9110, 6.5.1
        }
        trailers.append(
            name,
            HeaderValue::from_bytes(line.value).map_err(|_| MALFORMED)?,
        );
    }
    Ok(trailers)
}
