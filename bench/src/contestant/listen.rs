//! The same socket for everybody.
#![forbid(unsafe_code)]

use crate::Result;
use rustix::net::{AddressFamily, SocketType, sockopt};
use std::net::{SocketAddr, TcpListener};

/// A listener with a long queue and no delay of small answers, which accepted sockets inherit.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    rustix::net::bind(&socket, &address)
        .map_err(|error| format!("{address} cannot be bound: {error}"))?;
    rustix::net::listen(&socket, 4096)?;
    Ok(socket.into())
}
