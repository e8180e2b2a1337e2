//! An echo server of tasks: `cargo run -p yibu --example echo_tasks 2`, then two times `nc 127.0.0.1 PORT`.
//!
//! Each connection is a task of one event loop. Beside it are the same server as coroutines and as threads.
#![forbid(unsafe_code)]

use std::io::{self, Write, stdout};

use yibu::net::{TcpListener, TcpStream, copy};

#[yibu::main]
async fn main() -> io::Result<()> {
    let count = std::env::args()
        .nth(1)
        .map_or(1, |count| count.parse().expect("a number"));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stdout(), "listening on {}", listener.local_addr()?)?;
    serve(listener, count).await
}

/// Serves so many clients at a time, and says what each has sent.
async fn serve(mut listener: TcpListener, count: usize) -> io::Result<()> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let (stream, _) = listener.accept().await?;
        clients.push(yibu::spawn(echo(stream)));
    }
    for (number, client) in clients.into_iter().enumerate() {
        let bytes = client.await.map_err(io::Error::other)??;
        writeln!(stdout(), "client {number}: {bytes} bytes")?;
    }
    Ok(())
}

async fn echo(stream: TcpStream) -> io::Result<u64> {
    let (mut read, mut write) = stream.split();
    copy(&mut read, &mut write).await
}
