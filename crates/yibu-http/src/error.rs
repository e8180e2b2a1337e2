//! The one error of this crate.
#![forbid(unsafe_code)]

use std::fmt;
use std::io;

use http::StatusCode;

use crate::codec::Refusal;
use crate::response::Response;

/// What went wrong with a message or its connection.
///
/// The `is_…` questions tell the peer's faults from the network's and from ours. A handler that has nothing better to
/// say may answer with the error itself: it becomes a [`Response`] of the fitting status.
///
/// ```
/// use yibu_http::{Request, Response};
///
/// async fn echo(request: &mut Request) -> Response {
///     match request.bytes().await {
///         Ok(body) => Response::bytes(body),
///         Err(error) => error.into(), // 413 if it was too long, 408 if it was too slow, else 400
///     }
/// }
/// # let _ = echo;
/// ```
pub struct Error(Kind);

pub(crate) enum Kind {
    /// The peer's bytes are no message that we accept.
    Refused(Refusal),
    /// The peer took longer than a limit allows.
    TimedOut(&'static str),
    /// The peer ended its stream in the middle of a message.
    Incomplete,
    /// The connection failed.
    Io(io::Error),
}

impl Error {
    /// Whether the peer sent something that is no valid message.
    pub fn is_malformed(&self) -> bool {
        matches!(&self.0, Kind::Refused(refusal) if !refusal.is_too_large())
    }

    /// Whether the message is longer than a limit allows.
    pub fn is_too_large(&self) -> bool {
        matches!(&self.0, Kind::Refused(refusal) if refusal.is_too_large())
    }

    /// Whether the peer was slower than a limit allows.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::TimedOut(_))
    }

    /// Whether the peer ended its stream in the middle of a message.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.0, Kind::Incomplete)
    }

    /// Whether the connection itself failed, as when the peer reset it.
    pub fn is_io(&self) -> bool {
        matches!(self.0, Kind::Io(_))
    }

    /// The status that tells the peer, if anything still can.
    pub fn status(&self) -> StatusCode {
        match &self.0 {
            Kind::Refused(refusal) => refusal.status(),
            Kind::TimedOut(_) => StatusCode::REQUEST_TIMEOUT,
            Kind::Incomplete | Kind::Io(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Error(kind)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error(Kind::Refused(refusal))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error(Kind::Io(error))
    }
}

impl From<Error> for Response {
    /// A short plain text that says what was wrong.
    fn from(error: Error) -> Self {
        Response::text(format!("{error}\n")).with_status(error.status())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Refused(refusal) => refusal.fmt(f),
            Kind::TimedOut(what) => write!(f, "{what} took too long"),
            Kind::Incomplete => f.write_str("the stream ended in the middle of a message"),
            Kind::Io(error) => write!(f, "the connection failed: {error}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Io(error) => Some(error),
            _ => None,
        }
    }
}
