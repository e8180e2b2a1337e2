//! What a response carries after its head.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

/// The body of a [`Response`](crate::Response).
///
/// A body whose length is known goes out with `Content-Length`; a [`Body::stream`] goes out in chunks, or, to a
/// client that speaks HTTP/1.0, until the connection closes.
///
/// ```
/// use yibu_http::Body;
/// assert_eq!(Body::from("four").len(), Some(4));
/// assert_eq!(Body::empty().len(), Some(0));
/// ```
#[derive(Default)]
pub struct Body {
    pub(crate) kind: Kind,
    /// Travels here and not in the header map, so that a plain text answer allocates nothing.
    pub(crate) content_type: Option<Cow<'static, HeaderValue>>,
}

#[derive(Default)]
pub(crate) enum Kind {
    #[default]
    Empty,
    Static(&'static [u8]),
    Bytes(Bytes),
    Parts(Vec<Part>),
    Stream(Box<dyn ErasedSource>),
}

impl Kind {
    /// The whole body, if it is in memory in one piece.
    #[inline]
    pub(crate) fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Kind::Empty => Some(&[]),
            Kind::Static(bytes) => Some(bytes),
            Kind::Bytes(bytes) => Some(bytes),
            Kind::Parts(_) | Kind::Stream(_) => None,
        }
    }
}

/// One piece of a body whose whole length is known before it is sent.
#[derive(Debug)]
pub enum Part {
    /// Bytes in memory; sent without a copy when they are many.
    Bytes(Bytes),
    /// A range of a file. It is read piece by piece as the client takes it. A file that turns out shorter than the
    /// range ends the connection: the length was promised.
    File {
        /// The file, which several parts may share.
        file: Rc<yibu::fs::File>,
        /// Which of its bytes.
        range: Range<u64>,
    },
}

impl Part {
    /// The part's length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::File { range, .. } => range.end.saturating_sub(range.start),
        }
    }

    /// Whether the part has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A body whose length nobody knows yet.
///
/// ```
/// use bytes::Bytes;
/// use yibu_http::{Body, BodySource};
///
/// struct Countdown(u8);
/// impl BodySource for Countdown {
///     async fn next(&mut self) -> std::io::Result<Option<Bytes>> {
///         if self.0 == 0 {
///             return Ok(None);
///         }
///         self.0 -= 1;
///         Ok(Some(Bytes::from(format!("{}\n", self.0))))
///     }
/// }
/// assert_eq!(Body::stream(Countdown(3)).len(), None);
/// ```
pub trait BodySource {
    /// The next piece, or `None` at the end. An empty piece is skipped.
    ///
    /// # Errors
    ///
    /// An error cuts the answer off: the connection is closed without the body's end, so that the client can tell.
    ///
    /// # Cancellation
    ///
    /// The future is dropped when the client disappears or stops reading.
    fn next(&mut self) -> impl Future<Output = io::Result<Option<Bytes>>>;

    /// The trailer fields, asked for once after the end. Fields that frame a message (`Content-Length`,
    /// `Transfer-Encoding`, `Trailer`, `Host`, `Connection`) are left out, and a client of HTTP/1.0 gets none.
    fn trailers(&mut self) -> HeaderMap {
        HeaderMap::new()
    }
}

type NextFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Option<Bytes>>> + 'a>>;

/// [`BodySource`] in a form that can be boxed: one small allocation per piece.
pub(crate) trait ErasedSource {
    fn next(&mut self) -> NextFuture<'_>;
    fn trailers(&mut self) -> HeaderMap;
}

impl<S: BodySource> ErasedSource for S {
    fn next(&mut self) -> NextFuture<'_> {
        Box::pin(BodySource::next(self))
    }

    fn trailers(&mut self) -> HeaderMap {
        BodySource::trailers(self)
    }
}

impl Body {
    /// No bytes at all.
    pub fn empty() -> Self {
        Body::default()
    }

    /// Parts that are sent one after the other; their lengths add up to the `Content-Length`.
    pub fn parts(parts: Vec<Part>) -> Self {
        Kind::Parts(parts).into()
    }

    /// A body whose length is not known before its end.
    pub fn stream(source: impl BodySource + 'static) -> Self {
        Kind::Stream(Box::new(source)).into()
    }

    /// The same body with this `Content-Type`. A `Content-Type` among the response's headers takes precedence.
    pub fn with_type(mut self, content_type: HeaderValue) -> Self {
        self.content_type = Some(Cow::Owned(content_type));
        self
    }

    /// As [`with_type`](Self::with_type), for a type that need not be dropped.
    pub(crate) fn with_static_type(mut self, content_type: &'static HeaderValue) -> Self {
        self.content_type = Some(Cow::Borrowed(content_type));
        self
    }

    /// The length in bytes, if it is known.
    pub fn len(&self) -> Option<u64> {
        match &self.kind {
            Kind::Parts(parts) => Some(parts.iter().map(Part::len).fold(0, u64::saturating_add)),
            kind => kind.in_memory().map(|bytes| bytes.len() as u64),
        }
    }

    /// Whether the body is known to have no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl From<Kind> for Body {
    fn from(kind: Kind) -> Self {
        Body {
            kind,
            content_type: None,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Kind::Bytes(bytes).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Kind::Static(text.as_bytes()).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Kind::Bytes(text.into()).into()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Kind::Bytes(bytes.into()).into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Empty => "empty",
            Kind::Static(_) | Kind::Bytes(_) => "bytes",
            Kind::Parts(_) => "parts",
            Kind::Stream(_) => "stream",
        };
        f.debug_struct("Body")
            .field("kind", &kind)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
