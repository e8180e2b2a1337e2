//! An echo server of threads and queues: `cargo run -p yibu --example echo_threads 2`, then two times `nc 127.0.0.1 PORT`.
//!
//! Each connection has a thread from when it was accepted; what came of it goes through a queue. Beside it are the same server as coroutines and as tasks.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io::{self, Read, Write, stdout};
use std::net::{TcpListener, TcpStream};

use yibu::queue::Queue;
use yibu::thread;

fn main() -> io::Result<()> {
    let _end = thread::main_scope();
    let count = std::env::args()
        .nth(1)
        .map_or(1, |count| count.parse().expect("a number"));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(stdout(), "listening on {}", listener.local_addr()?)?;
    serve(&listener, count)
}

/// Serves so many clients at a time, and says what each has sent.
fn serve(listener: &TcpListener, count: usize) -> io::Result<()> {
    let ended = Queue::unbounded();
    for number in 0..count {
        let (stream, _) = listener.accept()?;
        let ended = ended.clone();
        thread::Builder::new().name("client").spawn(move || {
            let _ = ended.put_blocking((number, echo(stream)));
        })?;
    }
    let mut clients = BTreeMap::new();
    for _ in 0..count {
        let (number, bytes) = ended.get_blocking().map_err(io::Error::other)?;
        clients.insert(number, bytes?);
    }
    for (number, bytes) in clients {
        writeln!(stdout(), "client {number}: {bytes} bytes")?;
    }
    Ok(())
}

fn echo(mut stream: TcpStream) -> io::Result<usize> {
    let (mut buffer, mut total) = ([0; 4096], 0);
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(total);
        }
        stream.write_all(&buffer[..count])?;
        total += count;
    }
}
