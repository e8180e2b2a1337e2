//! Why bytes are not accepted as a message.
#![forbid(unsafe_code)]

use std::fmt;

use http::StatusCode;

/// Bytes that are no message which this codec accepts, and the status that says so to their sender.
///
/// After a refusal nobody knows where the next message begins: the connection must be closed (RFC 9112, 6.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    reason: &'static str,
}

impl Refusal {
    pub(crate) const fn new(status: StatusCode, reason: &'static str) -> Self {
        Refusal { status, reason }
    }

    /// Malformed (RFC 9110, 15.5.1).
    pub(crate) const fn bad(reason: &'static str) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, reason)
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What was wrong, in a few words.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Whether a limit was passed, as opposed to a rule broken.
    pub fn is_too_large(&self) -> bool {
        matches!(
            self.status,
            StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::URI_TOO_LONG
                | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({}: {})", self.status.as_u16(), self.reason)
    }
}

impl std::error::Error for Refusal {}
