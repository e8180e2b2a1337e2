//! HTTP/1.1 on yibu's streams.
//!
//! A handler is an async function from a [`Request`] to a [`Response`]; a [`Server`] runs it for every request of every
//! connection that it accepts, on the loop that it was started on.
//!
//! | module | what it is |
//! |---|---|
//! | [`codec`] | bytes to events and events to bytes, with no I/O |
//! | [`files`] | the files beneath a directory, as answers |
//! | [`server`] | connections that join the codec to streams |
#![forbid(unsafe_code)]

pub mod codec;
pub mod files;
pub mod server;

mod body;
mod error;
mod request;
mod response;

pub use body::{Body, BodySource, Part};
pub use error::Error;
pub use request::Request;
pub use response::Response;
pub use server::{Access, Limits, Report, Server, Shutdown};

/// The types that requests and responses are made of.
pub use http;

/// The README's program is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
