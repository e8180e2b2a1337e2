//! `bench serve`: one contestant, one thread.

#![forbid(unsafe_code)]

use super::contestant;
use crate::{Result, measure};
use rustix::net::{AddressFamily, SocketType, sockopt};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use std::net::{SocketAddr, TcpListener};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// limit-uring, limit-epoll, hyper, yibu or yibu-stream
    contestant: String,
    #[arg(long, default_value = "127.0.0.1:0")]
    bind: SocketAddr,
    /// The core to run on
    #[arg(long)]
    core: Option<usize>,
    /// The most descriptors it may open
    #[arg(long)]
    descriptors: Option<u64>,
    /// End when the process that started this one ends
    #[arg(long)]
    die_with_parent: bool,
}

/// Serves until it is killed.
pub(crate) fn main(arguments: &Arguments) -> Result<()> {
    if arguments.die_with_parent {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    }
    let _pinned = arguments.core.map(measure::pin).transpose()?;
    if let Some(most) = arguments.descriptors {
        setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )?;
    }
    let contestant = contestant(&arguments.contestant)?;
    let listener = listen(arguments.bind)?;
    println!("{}", listener.local_addr()?);
    match (contestant.serve)(listener)? {}
}

/// The same socket for everybody: a long queue, and no delay of small answers, which accepted sockets inherit.
fn listen(address: SocketAddr) -> Result<TcpListener> {
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
