//! Why bytes are not accepted as a message.
#![forbid(unsafe_code)]

use std::fmt;

use http::StatusCode;

/// Bytes that are no message which this codec accepts, and the status that says so to their sender.
///
/// After a refusal nobody knows where the next message begins: the connection must be closed (RFC 9112, 6.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal(&'static (StatusCode, &'static str));

/// A refusal with a status and a reason. It is a pointer, so that what may be refused is returned in registers.
macro_rules! refusal {
    ($status:ident, $reason:literal) => {
        $crate::codec::Refusal::new(const { &(http::StatusCode::$status, $reason) })
    };
}

/// Malformed (RFC 9110, 15.5.1).
macro_rules! malformed {
    ($reason:literal) => {
        $crate::codec::refusal!(BAD_REQUEST, $reason)
    };
}

pub(crate) use {malformed, refusal};

impl Refusal {
    pub(crate) const fn new(what: &'static (StatusCode, &'static str)) -> Self {
        Refusal(what)
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.0.0
    }

    /// What was wrong, in a few words.
    pub fn reason(&self) -> &'static str {
        self.0.1
    }

    /// Whether a limit was passed, as opposed to a rule broken.
    pub fn is_too_large(&self) -> bool {
        matches!(
            self.status(),
            StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::URI_TOO_LONG
                | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({}: {})", self.status().as_u16(), self.reason())
    }
}

impl std::error::Error for Refusal {}
