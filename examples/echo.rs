//! A TCP echo server: `cargo run -p yibu --example echo`, then `nc 127.0.0.1 7777` (or any telnet).
//!
//! One task a connection, all on one thread: no locks, and a connection that waits costs no thread.
#![forbid(unsafe_code)]

use std::io;

use yibu::net::{TcpListener, TcpStream, copy};

#[yibu::main]
async fn main() -> io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:7777".to_owned());
    let mut listener = TcpListener::bind(&address).await?;
    eprintln!(
        "echoing on {} ({})",
        listener.local_addr()?,
        yibu::event_loop::driver_name()
    );
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                yibu::spawn(async move {
                    match echo(stream).await {
                        Ok(count) => eprintln!("{peer}: {count} bytes"),
                        Err(error) => eprintln!("{peer}: {error}"),
                    }
                });
            }
            Err(error) => eprintln!("cannot accept for now: {error}"),
        }
    }
}

async fn echo(stream: TcpStream) -> io::Result<u64> {
    let (mut read, mut write) = stream.split();
    let count = copy(&mut read, &mut write).await?;
    write.shutdown().await?;
    Ok(count)
}
