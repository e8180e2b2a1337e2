//! The head of a request: its first line and its fields, checked and left in place.
#![forbid(unsafe_code)]

use std::mem::MaybeUninit;

use http::{Method, Version};

use super::fields::{BARE_LF, cut, ends_with_crlf, offset};
use super::framing::{Coding, Known};
use super::target::{self, Target};
use super::{Fields, Limits, MAX_FIELDS, Refusal, malformed, refusal};

/// How the body after a head is delimited (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes follow; 0 when the head names neither a length nor a coding.
    Length(u64),
    /// Chunks follow, and trailers.
    Chunked,
}

/// A request's head as a table of offsets into the bytes that it was parsed from.
///
/// It is filled in place, so that a connection's second request allocates nothing.
#[derive(Debug)]
pub struct Head {
    pub(super) method: Method,
    version: Version,
    target: (u32, u32),
    fields: Fields,
    /// The bytes of the last field section that was accepted. A client repeats it from request to request, and what
    /// they say does not change: `fields` to `expects_continue` are then already right, for the same version.
    section: Vec<u8>,
    framing: Framing,
    keep_alive: bool,
    expects_continue: bool,
}

impl Default for Head {
    fn default() -> Self {
        Head {
            method: Method::GET,
            version: Version::HTTP_11,
            target: (0, 0),
            fields: Fields::default(),
            section: Vec::new(),
            framing: Framing::Length(0),
            keep_alive: true,
            expects_continue: false,
        }
    }
}

impl Head {
    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The version: `HTTP_10` or `HTTP_11`.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The target as it was sent.
    pub fn target<'a>(&self, bytes: &'a [u8]) -> &'a str {
        str::from_utf8(cut(bytes, self.target)).expect("a target is ASCII")
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// How the body is delimited.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the sender wants another request on this connection (RFC 9112, 9.3).
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Whether the sender waits for a `100 Continue` before it sends its body (RFC 9110, 10.1.1).
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    pub(crate) fn split_target<'a>(&self, bytes: &'a [u8]) -> Target<'a> {
        Target::split(self.target(bytes))
    }

    /// Parses the head at the start of `bytes` and returns its length, or `None` if more bytes are needed. `bytes` is
    /// no longer than `limits.head_bytes`.
    pub(super) fn parse(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, Refusal> {
        let Some(start) = skip_empty_lines(bytes)? else {
            return Ok(None);
        };
        if let Some(line) = PlainLine::at(bytes, start)
            && line.version == self.version
            && self.is_repeated(&bytes[line.end..])
        {
            self.take_first_line(bytes, line.method, line.target, limits)?;
            self.fields.repeat(line.end);
            return Ok(Some(line.end + self.section.len()));
        }
        self.parse_whole(bytes, start, limits)
    }

    /// Apart from the rest, since its table is large, and most heads do not need it.
    #[inline(never)]
    fn parse_whole(
        &mut self,
        bytes: &[u8],
        start: usize,
        limits: &Limits,
    ) -> Result<Option<usize>, Refusal> {
        let mut lines = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let lines = &mut lines[..limits.fields.min(MAX_FIELDS)];
        let mut parsed = httparse::Request::new(&mut []);
        let length = match parsed.parse_with_uninit_headers(&bytes[start..], lines) {
            Ok(httparse::Status::Complete(length)) => start + length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(refused(error, &bytes[start..])),
        };
        // Both are there in every complete head.
        let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
            return Ok(None);
        };
        self.section.clear();
        self.version = if parsed.version == Some(1) {
            Version::HTTP_11
        } else {
            Version::HTTP_10
        };
        self.take_first_line(
            bytes,
            method.as_bytes(),
            offset(bytes, target.as_bytes()),
            limits,
        )?;
        target::check(&self.method, target)?;
        // It ends behind the version: httparse takes CR LF or a bare LF there, which `Fields::push` and the check below tell apart.
        let section = memchr::memchr(b'\n', &bytes[start..]).map_or(length, |end| start + end + 1);
        self.take_fields(bytes, section, parsed.headers)?;
        // The empty line, and the line before it.
        if !ends_with_crlf(bytes, length) || !ends_with_crlf(bytes, length - 2) {
            return Err(BARE_LF);
        }
        if length - section <= REPEATED_BYTES {
            self.section.extend_from_slice(&bytes[section..length]);
        }
        Ok(Some(length))
    }

    fn is_repeated(&self, rest: &[u8]) -> bool {
        !self.section.is_empty() && rest.starts_with(&self.section)
    }

    fn take_first_line(
        &mut self,
        bytes: &[u8],
        method: &[u8],
        target: (u32, u32),
        limits: &Limits,
    ) -> Result<(), Refusal> {
        if cut(bytes, target).len() > limits.target_bytes {
            return Err(TARGET_TOO_LONG);
        }
        // Most requests have the method of the one before.
        if method != b"GET" || self.method != Method::GET {
            self.method =
                Method::from_bytes(method).map_err(|_| malformed!("the method is no token"))?;
        }
        if self.method == Method::CONNECT {
            // A tunnel would begin after the head, whatever its framing says; this server opens none (RFC 9110, 9.3.6).
            return Err(refusal!(NOT_IMPLEMENTED, "CONNECT is not implemented"));
        }
        self.target = target;
        Ok(())
    }

    fn take_fields(
        &mut self,
        bytes: &[u8],
        section: usize,
        fields: &[httparse::Header<'_>],
    ) -> Result<(), Refusal> {
        self.fields.begin(section);
        let mut known = Known::default();
        for field in fields {
            self.fields.push(bytes, field)?;
            known.take(field)?;
        }
        let is_11 = self.version == Version::HTTP_11;
        if is_11 && !known.host {
            return Err(malformed!("there is no Host")); // RFC 9112, 3.2
        }
        self.framing = match (known.length, known.coding) {
            (None, Coding::None) => Framing::Length(0),
            (Some(length), Coding::None) => Framing::Length(length),
            // RFC 9112, 6.1 and 6.3: both may be an attempt at smuggling; in 1.0 a coding is a framing error.
            (Some(_), _) => return Err(malformed!("both a length and a transfer coding")),
            (None, _) if !is_11 => return Err(malformed!("a transfer coding in HTTP/1.0")),
            (None, Coding::Chunked) => Framing::Chunked,
            (None, Coding::Unfinished) => {
                return Err(malformed!("the last transfer coding is not chunked"));
            }
        };
        self.keep_alive = !known.close && (is_11 || known.keep_alive);
        // RFC 9110, 10.1.1: ignored in 1.0, and when there is no body to wait with.
        self.expects_continue =
            known.expects_continue && is_11 && self.framing != Framing::Length(0);
        Ok(())
    }
}

/// A first line as most are: a method in capitals, a target in origin form, a version, and one space between them. Any other
/// line, and one that is not complete, is left to `httparse`, which accepts every one of these too, and needs 12 ns more for it
/// (and 30 less if the target has 300 bytes).
struct PlainLine<'a> {
    method: &'a [u8],
    target: (u32, u32),
    version: Version,
    /// Where the field section begins.
    end: usize,
}

impl<'a> PlainLine<'a> {
    #[inline]
    fn at(bytes: &'a [u8], start: usize) -> Option<Self> {
        let until_space = |from: usize, is_part: fn(u8) -> bool| {
            let length = bytes[from..].iter().position(|&byte| !is_part(byte))?;
            (length > 0 && bytes[from + length] == b' ').then_some(from + length)
        };
        let method = until_space(start, |byte| byte.is_ascii_uppercase())?;
        let target = until_space(method + 1, target::is_plain)?;
        if bytes[method + 1] != b'/' {
            return None;
        }
        let version = match bytes[target + 1..].first_chunk()? {
            b"HTTP/1.1\r\n" => Version::HTTP_11,
            b"HTTP/1.0\r\n" => Version::HTTP_10,
            _ => return None,
        };
        Some(PlainLine {
            method: &bytes[start..method],
            target: (method as u32 + 1, target as u32),
            version,
            end: target + 1 + b"HTTP/1.1\r\n".len(),
        })
    }
}

pub(super) const TARGET_TOO_LONG: Refusal = refusal!(URI_TOO_LONG, "the target is too long");
pub(super) const TOO_MANY_FIELDS: Refusal =
    refusal!(REQUEST_HEADER_FIELDS_TOO_LARGE, "too many fields");

/// Longer field sections are parsed anew each time.
const REPEATED_BYTES: usize = 4 << 10;

/// How many empty lines before a request are skipped; RFC 9112, 2.2 asks for at least one.
const EMPTY_LINES: usize = 4;

/// Where the first line that is not empty begins; `None` if that is not known yet.
fn skip_empty_lines(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
    if !matches!(bytes.first(), Some(b'\r' | b'\n')) {
        return Ok(Some(0));
    }
    let mut start = 0;
    loop {
        match bytes.get(start..start + 2).unwrap_or(&bytes[start..]) {
            [b'\r', b'\n'] if start == 2 * EMPTY_LINES => {
                return Err(malformed!("too many empty lines"));
            }
            [b'\r', b'\n'] => start += 2,
            [] | [b'\r'] => return Ok(None),
            [b'\r' | b'\n', ..] => return Err(BARE_LF),
            _ => return Ok(Some(start)),
        }
    }
}

fn refused(error: httparse::Error, bytes: &[u8]) -> Refusal {
    match error {
        httparse::Error::TooManyHeaders => TOO_MANY_FIELDS,
        httparse::Error::Version => version_refusal(bytes),
        httparse::Error::HeaderName => malformed!("a field name is malformed"),
        httparse::Error::HeaderValue => malformed!("a field value is malformed"),
        httparse::Error::NewLine => malformed!("a line ends in a bare CR"),
        _ => malformed!("the request line is malformed"),
    }
}

/// 505 for another version (RFC 9110, 15.6.6), 400 for what is none.
fn version_refusal(bytes: &[u8]) -> Refusal {
    let version = bytes.splitn(3, |&byte| byte == b' ').nth(2).unwrap_or(&[]);
    match version {
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', ..] => refusal!(
            HTTP_VERSION_NOT_SUPPORTED,
            "only HTTP/1.0 and HTTP/1.1 are spoken here"
        ),
        _ => malformed!("the version is malformed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lines of up to six of these pieces: what is taken for plain, `httparse` takes too, and finds the same in it.
    #[test]
    fn a_plain_line_is_what_httparse_finds() {
        const PIECES: [&str; 12] = [
            "GET",
            "OPTIONS",
            "get",
            " ",
            "/",
            "*",
            "/a?b",
            "#",
            "\u{7f}",
            "HTTP/1.1\r\n",
            "HTTP/1.0",
            "\r\n",
        ];
        let mut plain = 0;
        for mut number in 0..PIECES.len().pow(6) {
            let mut line = String::new();
            while number > 0 {
                line.push_str(PIECES[number % PIECES.len()]);
                number /= PIECES.len();
            }
            let bytes = line.as_bytes();
            let Some(found) = PlainLine::at(bytes, 0) else {
                continue;
            };
            let mut parsed = httparse::Request::new(&mut []);
            parsed
                .parse(&bytes[..found.end])
                .unwrap_or_else(|error| panic!("{line:?}: {error}"));
            let version = u8::from(found.version == Version::HTTP_11);
            assert_eq!(
                parsed.method.map(str::as_bytes),
                Some(found.method),
                "{line:?}"
            );
            assert_eq!(
                parsed.path.map(str::as_bytes),
                Some(cut(bytes, found.target)),
                "{line:?}"
            );
            assert_eq!(parsed.version, Some(version), "{line:?}");
            assert!(
                target::check(&Method::GET, parsed.path.unwrap()).is_ok(),
                "{line:?}"
            );
            plain += 1;
        }
        assert!(plain > 10, "only {plain}");
    }
}
