//! An echo server of generators: `cargo run -p yibu --example echo_coroutines 2`, then two times `nc 127.0.0.1 PORT`.
//!
//! Each connection is a coroutine that yields what it waits for to a [`Scheduler`]. Beside it are the same server as tasks and as threads.
#![forbid(unsafe_code)]

use std::io::{self, ErrorKind::WouldBlock, Read, Write, stdout};
use std::net::{TcpListener, TcpStream};

use yibu::generator::{Co, Scheduler, Sent, Wait};

fn main() -> io::Result<()> {
    let count = std::env::args()
        .nth(1)
        .map_or(1, |count| count.parse().expect("a number"));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(stdout(), "listening on {}", listener.local_addr()?)?;

    let scheduler = Scheduler::new();
    let server = scheduler.spawn(async move |co| serve(co, listener, count).await);
    scheduler.run()?;
    server.take().expect("all coroutines have ended")
}

/// Serves so many clients at a time, and says what each has sent.
async fn serve(mut co: Co<'_, Wait, Sent>, listener: TcpListener, count: usize) -> io::Result<()> {
    let mut clients = Vec::new();
    for _ in 0..count {
        co.readable(&listener).await?;
        let (stream, _) = listener.accept()?;
        clients.push(co.spawn(async move |co| echo(co, stream).await).await);
    }
    for (number, client) in clients.into_iter().enumerate() {
        let bytes = co.join(client).await?;
        writeln!(stdout(), "client {number}: {bytes} bytes")?;
    }
    Ok(())
}

async fn echo(mut co: Co<'_, Wait, Sent>, mut stream: TcpStream) -> io::Result<usize> {
    stream.set_nonblocking(true)?;
    let (mut buffer, mut total) = ([0; 4096], 0);
    loop {
        co.readable(&stream).await?;
        let count = match stream.read(&mut buffer) {
            Err(error) if error.kind() == WouldBlock => continue,
            count => count?,
        };
        if count == 0 {
            return Ok(total);
        }
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            co.writable(&stream).await?;
            match stream.write(rest) {
                Err(error) if error.kind() == WouldBlock => {}
                written => rest = &rest[written?..],
            }
        }
        total += count;
    }
}
