//! What a stream can be connected or bound to: addresses, and names that the system's resolver knows.

#![forbid(unsafe_code)]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs};

/// Something that names addresses: a [`SocketAddr`], an IP address or a name with a port, or text such as `"localhost:80"`.
///
/// A name is resolved by the system's resolver, on the blocking pool.
pub trait ToAddress {
    /// The address, or the name to be resolved.
    fn to_address(&self) -> Address;
}

/// An address, or a name to be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// Needs no resolving.
    Known(SocketAddr),
    /// A host and port as text, `host:port`.
    Name(String),
}

impl Address {
    /// All addresses that this names, in the resolver's order.
    ///
    /// ```
    /// use yibu::net::ToAddress;
    /// let addresses = yibu::run(async { "127.0.0.1:80".to_address().resolve().await })?;
    /// assert_eq!(addresses, ["127.0.0.1:80".parse().unwrap()]);
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// The resolver's; `InvalidInput` if the text has no port; `NotFound` if the name has no address.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the resolver to end by itself, on its thread.
    pub async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        let name = match self {
            Self::Known(address) => return Ok(vec![address]),
            Self::Name(name) => name,
        };
        let asked = name.clone();
        let addresses: Vec<SocketAddr> =
            crate::to_thread(move || asked.to_socket_addrs().map(Iterator::collect)).await?;
        if addresses.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("{name} has no address"),
            ));
        }
        Ok(addresses)
    }
}

impl ToAddress for SocketAddr {
    fn to_address(&self) -> Address {
        Address::Known(*self)
    }
}

impl ToAddress for SocketAddrV4 {
    fn to_address(&self) -> Address {
        Address::Known((*self).into())
    }
}

impl ToAddress for SocketAddrV6 {
    fn to_address(&self) -> Address {
        Address::Known((*self).into())
    }
}

impl ToAddress for (IpAddr, u16) {
    fn to_address(&self) -> Address {
        Address::Known((*self).into())
    }
}

impl ToAddress for (Ipv4Addr, u16) {
    fn to_address(&self) -> Address {
        Address::Known((*self).into())
    }
}

impl ToAddress for (Ipv6Addr, u16) {
    fn to_address(&self) -> Address {
        Address::Known((*self).into())
    }
}

impl ToAddress for str {
    fn to_address(&self) -> Address {
        self.parse()
            .map_or_else(|_| Address::Name(self.to_owned()), Address::Known)
    }
}

impl ToAddress for String {
    fn to_address(&self) -> Address {
        self.as_str().to_address()
    }
}

impl ToAddress for (&str, u16) {
    fn to_address(&self) -> Address {
        match self.0.parse::<IpAddr>() {
            Ok(ip) => Address::Known((ip, self.1).into()),
            Err(_) => Address::Name(format!("{}:{}", self.0, self.1)),
        }
    }
}

impl<A: ToAddress + ?Sized> ToAddress for &A {
    fn to_address(&self) -> Address {
        (**self).to_address()
    }
}
