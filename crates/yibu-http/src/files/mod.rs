//! Static files: the files beneath one directory, as answers to GET and HEAD.
//!
//! ```text
//!  request ── path ──> open beneath the root ──> directory? ──> slash / index / listing
//!                                                    │ no
//!                 coding: a precompressed sibling <──┤
//!                                                    v
//!             validators ──> conditional ──> 304 / 412
//!                                                    v
//!                                  range ──> 200 / 206 / 416 ──> multipart
//! ```
//!
//! Each of these words is a file here. All but the handler itself are pure: text in, decision out.
mod answer;
mod coding;
mod conditional;
mod handler;
mod listing;
mod media;
mod multipart;
mod path;
mod range;
mod refusal;
mod validators;

pub use handler::Files;
