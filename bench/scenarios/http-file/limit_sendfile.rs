//! The limit without a copy: `sendfile`, by which the kernel gives the page cache's pages to the socket. The least that a file
//! can cost if it is not small.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::file_loop;
use rustix::fs::sendfile;
use rustix::net::SendFlags;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("", serve);

/// More than there is: the kernel stops at the file's end.
const ALL: usize = 1 << 30;

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    file_loop::serve(listener, variant, &mut |socket, head, file, mut offset| {
        if head.is_empty() {
            return sendfile(socket, file, Some(&mut offset), ALL);
        }
        // More follows at once: one segment has the head and the file's start.
        rustix::net::send(socket, head, SendFlags::NOSIGNAL | SendFlags::MORE)
    })
}
