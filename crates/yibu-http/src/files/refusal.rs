//! Why a request gets no file, and what it gets instead.
#![forbid(unsafe_code)]

use std::io;

use http::{HeaderValue, StatusCode, header};
use rustix::io::Errno;

use super::path::BadPath;
use crate::Response;

/// An answer without a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Neither GET nor HEAD.
    Method,
    /// The path is no path.
    Malformed,
    /// There is nothing of that name.
    Missing,
    /// It is there, but not for serving.
    Forbidden(&'static str),
    /// We ran out of descriptors or memory.
    Busy,
    /// The disk failed.
    Broken,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Malformed => StatusCode::BAD_REQUEST,
            Refusal::Missing => StatusCode::NOT_FOUND,
            Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
            Refusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn text(&self) -> &'static str {
        match self {
            Refusal::Method => "405: files can be had by GET and HEAD only.\n",
            Refusal::Malformed => "400: this path cannot name a file.\n",
            Refusal::Missing => "404: there is no such file.\n",
            Refusal::Forbidden(text) => text,
            Refusal::Busy => "503: too much to do at the moment. Please try again.\n",
            Refusal::Broken => "500: the file could not be read.\n",
        }
    }
}

impl From<BadPath> for Refusal {
    fn from(bad: BadPath) -> Refusal {
        match bad {
            BadPath::Malformed => Refusal::Malformed,
            BadPath::Missing => Refusal::Missing,
        }
    }
}

impl From<io::Error> for Refusal {
    /// What opening or looking at a file came to.
    fn from(error: io::Error) -> Refusal {
        match Errno::from_io_error(&error) {
            Some(
                Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ,
            ) => Refusal::Missing,
            Some(Errno::XDEV) => {
                Refusal::Forbidden("403: a link leads out of the served directory.\n")
            }
            Some(Errno::LOOP) => Refusal::Forbidden("403: a link leads nowhere.\n"),
            Some(Errno::ACCESS | Errno::PERM) => {
                Refusal::Forbidden("403: this file may not be read.\n")
            }
            // Opening a socket, or a device that is not there.
            Some(Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP) => Refusal::special(),
            Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN) => Refusal::Busy,
            _ if error.kind() == io::ErrorKind::NotFound => Refusal::Missing,
            _ if error.kind() == io::ErrorKind::ResourceBusy => Refusal::Busy,
            _ => Refusal::Broken,
        }
    }
}

impl Refusal {
    /// The answer to a pipe, a socket or a device.
    pub(super) fn special() -> Refusal {
        Refusal::Forbidden("403: this is neither a file nor a directory.\n")
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Response {
        let answer = Response::text(refusal.text()).with_status(refusal.status());
        match refusal {
            Refusal::Method => answer.header(header::ALLOW, HeaderValue::from_static("GET, HEAD")),
            Refusal::Busy => answer.header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            _ => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_errno_has_its_status() {
        for (errno, status) in [
            (Errno::NOENT, 404),
            (Errno::NOTDIR, 404),
            (Errno::NAMETOOLONG, 404),
            (Errno::XDEV, 403),
            (Errno::LOOP, 403),
            (Errno::ACCESS, 403),
            (Errno::NXIO, 403),
            (Errno::MFILE, 503),
            (Errno::IO, 500),
        ] {
            let answer = Response::from(Refusal::from(io::Error::from(errno)));
            assert_eq!(answer.status(), status, "{errno}");
        }
        let foreign = io::Error::new(io::ErrorKind::NotFound, "not from the kernel");
        assert_eq!(Refusal::from(foreign), Refusal::Missing);
    }

    #[test]
    fn a_405_says_what_is_allowed() {
        assert_eq!(
            Response::from(Refusal::Method).headers()[header::ALLOW],
            "GET, HEAD"
        );
    }
}
