//! Connections that join the codec to streams.
//!
//! A server runs on one loop: one task accepts, and one task serves each connection. To use more cores, start a server
//! on each of several loops, each with a listener of its own.
//!
//! ```text
//!   accept --> connection: idle <--> serving --> lingering --> closed
//!                           ^          ^            ^
//!   sweep, 5 times a second-+----------+------------+   ends whatever waits too long
//! ```
//!
//! Every wait for a client has a limit ([`Limits`]), and costs no timer: see `registry`. A handler may take as long as it
//! wants. What it does not do: TLS, HTTP/2, `Upgrade`, `CONNECT`.

mod accept;
mod answer;
mod connection;
mod guard;
mod limits;
mod link;
mod registry;
mod report;
mod sender;
mod serving;
mod shared;
mod shutdown;
mod work;
mod writer;

pub use accept::Server;
pub use limits::Limits;
pub(crate) use link::Link;
pub use report::{Access, Report};
pub(crate) use shared::Shared;
pub use shutdown::Shutdown;
pub(crate) use work::Work;
