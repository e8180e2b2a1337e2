//! What a handler answers.
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use http::header::IntoHeaderName;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::body::Body;

static EMPTY: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);

/// An answer: a status, header fields and a body.
///
/// The server adds what frames and dates the message (`Content-Length` or `Transfer-Encoding`, `Connection`, `Date`);
/// the first two cannot be set by hand, except that the answer to a `HEAD` request or a 304 may name the
/// `Content-Length` of the body it does not carry. `Connection: close` among the headers closes the connection
/// after the answer, and a `Date` replaces the server's. An interim status (1xx) is no answer: it becomes a 500.
///
/// ```
/// use http::{HeaderValue, StatusCode, header};
/// use yibu_http::Response;
///
/// let answer = Response::text("Not here.")
///     .with_status(StatusCode::NOT_FOUND)
///     .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
/// assert_eq!(answer.status(), 404);
/// assert_eq!(answer.body().len(), Some(9));
/// ```
#[derive(Debug, Default)]
pub struct Response {
    status: Status,
    /// Boxed: most answers have none of their own, and a map is as large as the rest together.
    headers: Option<Box<HeaderMap>>,
    pub(crate) body: Body,
}

/// A status in a whole word. It is read a moment after it was written, and reading more than was written, as compilers do with half
/// words, has the processor wait: some 5 ns.
#[derive(Debug, Clone, Copy)]
struct Status(u32);

impl Status {
    fn new(status: StatusCode) -> Self {
        Status(status.as_u16().into())
    }

    fn get(self) -> StatusCode {
        StatusCode::from_u16(self.0 as u16).expect("it was one")
    }
}

impl Default for Status {
    fn default() -> Self {
        Status::new(StatusCode::OK)
    }
}

impl Response {
    /// An answer without a body.
    pub fn new(status: StatusCode) -> Self {
        Response {
            status: Status::new(status),
            ..Response::default()
        }
    }

    /// A 200 in plain text. With a `&'static str` or `Bytes` it allocates nothing.
    pub fn text(body: impl Into<Body>) -> Self {
        static PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
        Response::of_type(body, &PLAIN)
    }

    /// A 200 in HTML.
    pub fn html(body: impl Into<Body>) -> Self {
        static HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
        Response::of_type(body, &HTML)
    }

    /// A 200 of bytes that are nothing in particular.
    pub fn bytes(body: impl Into<Body>) -> Self {
        static OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
        Response::of_type(body, &OCTETS)
    }

    fn of_type(body: impl Into<Body>, content_type: &'static HeaderValue) -> Self {
        Response {
            // Every field is named: what `..default()` fills in and does not use would have to be dropped.
            status: Status::default(),
            headers: None,
            body: body.into().with_static_type(content_type),
        }
    }

    /// The same answer with another status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Status::new(status);
        self
    }

    /// The same answer with another body.
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// The same answer with this header field instead of any of that name. [`headers_mut`](Self::headers_mut) can
    /// also append.
    pub fn header(mut self, name: impl IntoHeaderName, value: HeaderValue) -> Self {
        self.headers_mut().insert(name, value);
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status.get()
    }

    /// The header fields set so far.
    pub fn headers(&self) -> &HeaderMap {
        self.headers.as_deref().unwrap_or(&EMPTY)
    }

    /// The header fields, to change them.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers.get_or_insert_default()
    }

    /// The header fields, if there may be any.
    pub(crate) fn own_headers(&self) -> Option<&HeaderMap> {
        self.headers.as_deref()
    }

    /// The body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to change or take it.
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }
}
