//! What a server tells its owner.
#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::{StatusCode, Version};

/// One finished request, as an access log wants it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Access<'a> {
    /// Who asked.
    pub peer: SocketAddr,
    /// The method; empty when the request was refused before it was understood.
    pub method: &'a str,
    /// The target as it was sent; empty like the method.
    pub target: &'a str,
    /// The version of the request.
    pub version: Version,
    /// The status of the answer.
    pub status: StatusCode,
    /// How many bytes of body were handed to the connection.
    pub bytes: u64,
    /// From the head's last byte to the answer's last byte being handed over, if
    /// [`Server::log_durations`](crate::Server::log_durations) asked for it.
    pub duration: Option<Duration>,
}

/// Something that the owner of a server should know about, and that no client can be told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Report<'a> {
    /// Connections could not be accepted, most likely because descriptors ran out. Said once; the server goes on by
    /// itself when it can.
    Accept(&'a io::Error),
    /// A handler panicked. Its client got a 500 and its connection is closed.
    Panic {
        /// Who asked.
        peer: SocketAddr,
        /// For what.
        method: &'a str,
        /// For what.
        target: &'a str,
        /// The panic's message, if it was text.
        message: &'a str,
    },
    /// An answer had to be cut off: its source failed, or its file turned out shorter than promised.
    CutOff {
        /// Who asked.
        peer: SocketAddr,
        /// For what.
        target: &'a str,
        /// Why.
        error: &'a io::Error,
    },
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Accept(error) => write!(f, "cannot accept connections for now: {error}"),
            Report::Panic {
                peer,
                method,
                target,
                message,
            } => {
                write!(
                    f,
                    "the handler panicked at {method} {target} from {peer}: {message}"
                )
            }
            Report::CutOff {
                peer,
                target,
                error,
            } => write!(f, "the answer to {target} from {peer} was cut off: {error}"),
        }
    }
}
