//! Files to streams: every byte of the range, in order behind what was written, whether the kernel sends it or the loop reads it, and
//! however it ends: a full socket, a dropped future, a shorter file, an abort, a peer that goes.
#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::io;
use std::ops::Range;
use std::pin::pin;
use std::task::Poll;

use yibu::fs::File;
use yibu::net::{TcpListener, TcpStream, WriteHalf};

/// Longer than all that the two sockets hold while nobody reads.
const LONG: usize = 24 << 20;
/// The longest that the kernel sends by itself.
const PIECE: u64 = 1 << 20;

async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    Ok((client, listener.accept().await?.0))
}

/// Bytes that tell their place.
fn pattern(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8)
        .collect()
}

/// A file that is removed in the end; it is in memory, since it was just written.
struct Temporary(std::path::PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let name = format!("yibu-send-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn open(&self) -> File {
        let options = std::fs::File::options()
            .read(true)
            .write(true)
            .open(&self.0);
        File::from_std(options.unwrap())
    }

    /// Has the system drop it from memory, as far as it can.
    fn forget(&self) {
        let file = std::fs::File::open(&self.0).unwrap();
        file.sync_all().unwrap();
        #[cfg(target_os = "linux")]
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn read_all(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(all),
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Polls a future for some turns of the loop, then drops it.
async fn for_turns<F: Future>(mut turns: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if turns == 0 => Poll::Ready(None),
        Poll::Pending => {
            turns -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// Sends a piece of a length that the kernel sends; drops the future after some turns.
async fn send_some(stream: &mut TcpStream, file: &File, range: &mut Range<u64>) -> io::Result<()> {
    let mut piece = range.start..range.end.min(range.start + PIECE);
    let sent = for_turns(50, stream.send_file(file, &mut piece)).await;
    range.start = piece.start;
    sent.unwrap_or(Ok(()))
}

/// Sends all, in such pieces.
async fn send(stream: &mut WriteHalf, file: &File, range: &mut Range<u64>) -> io::Result<()> {
    while !range.is_empty() {
        let mut piece = range.start..range.end.min(range.start + PIECE);
        let sent = stream.send_file(file, &mut piece).await;
        range.start = piece.start;
        sent?;
    }
    Ok(())
}

/// Sends until the socket is full, and drops the future there.
async fn fill(stream: &mut TcpStream, file: &File, range: &mut Range<u64>) -> io::Result<()> {
    loop {
        let before = range.start;
        send_some(stream, file, range).await?;
        assert!(!range.is_empty(), "the sockets hold it all");
        if range.start == before {
            return Ok(());
        }
    }
}

/// Waits until the loop has no streams any more.
async fn closed() {
    let started = std::time::Instant::now();
    while yibu::event_loop::stats().connections > 0 {
        assert!(
            started.elapsed().as_secs() < 5,
            "a stream waits for its linger deadline"
        );
        yibu::yield_now().await;
    }
}

#[test]
fn ranges_of_all_sizes_arrive_between_what_is_written() {
    let bytes = pattern(3_000_000);
    let file = Temporary::new("sizes", &bytes);
    let ranges = [
        0..0,
        0..1,
        5..4096,
        100..16_383,
        100..16_484,
        0..65_536,
        4095..65_536,
        1..262_145,
        0..262_144,
        7..1_000_000,
        1..1 + (1 << 20),
        0..1 + (1 << 20),
        2_900_000..3_000_000,
        0..3_000_000,
    ];
    for is_in_memory in [true, false] {
        yibu::run(async {
            let (mut client, mut server) = pair().await?;
            let opened = file.open();
            let (sent, lent) = (ranges.clone(), &file);
            let mut expected = Vec::new();
            for (n, range) in ranges.iter().enumerate() {
                expected.extend(n.to_le_bytes());
                expected.extend_from_slice(&bytes[range.start..range.end]);
            }
            expected.extend(vec![7; 300_000]);
            let write = async {
                for (n, range) in sent.into_iter().enumerate() {
                    if !is_in_memory {
                        lent.forget();
                    }
                    server.write(&n.to_le_bytes()).await?;
                    let mut range = range.start as u64..range.end as u64;
                    let end = range.end;
                    server.send_file(&opened, &mut range).await?;
                    assert_eq!(range, end..end);
                }
                server.write_all(vec![7; 300_000]).await?;
                server.shutdown().await
            };
            let (wrote, received) = both(write, read_all(&mut client)).await;
            wrote?;
            assert!(received? == expected, "in memory: {is_in_memory}");
            io::Result::Ok(())
        })
        .unwrap();
    }
}

/// Drives two futures at once.
async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut one, mut other) = (None, None);
    poll_fn(|cx| {
        if one.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(cx)
        {
            one = Some(output);
        }
        if other.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(cx)
        {
            other = Some(output);
        }
        match (one.take(), other.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (one, other) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

#[test]
fn a_socket_that_was_full_goes_on_when_it_is_read() {
    let bytes = pattern(LONG);
    let file = Temporary::new("full", &bytes);
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        let opened = file.open();
        let mut range = 0..LONG as u64;
        fill(&mut server, &opened, &mut range).await?;
        // What is written behind it, while the loop still waits for room, keeps its place.
        let at = range.start as usize;
        let write = async {
            server.write(b"between").await?;
            send(server.halves().1, &opened, &mut range).await?;
            server.shutdown().await
        };
        let (wrote, received) = both(write, read_all(&mut client)).await;
        wrote?;
        let received = received?;
        assert!(received[..at] == bytes[..at]);
        assert_eq!(&received[at..at + 7], b"between");
        assert!(received[at + 7..] == bytes[at..]);
        io::Result::Ok(())
    })
    .unwrap();
}

/// A stream that waits for room only, and has nothing more to send, is closed at once, and what it had sent arrives.
#[test]
fn dropped_with_a_full_socket_it_is_closed_behind_what_was_sent() {
    let bytes = pattern(LONG);
    let file = Temporary::new("closed", &bytes);
    for shuts in [true, false] {
        yibu::run(async {
            let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
            let address = listener.local_addr()?;
            let mut server = TcpStream::connect(address).await?;
            let mut client = listener.accept()?.0;
            let opened = file.open();
            let mut range = 0..LONG as u64;
            fill(&mut server, &opened, &mut range).await?;
            if server.halves().1.queued_len() > 0 {
                eprintln!("the kernel does not send this file by itself here");
                return Ok(());
            }
            if shuts {
                // Ready before the other side reads anything.
                server.shutdown().await?;
            }
            drop(server);
            closed().await;
            let mut received = Vec::new();
            io::Read::read_to_end(&mut client, &mut received)?;
            assert!(
                received == bytes[..range.start as usize],
                "{} bytes came of {}",
                received.len(),
                range.start
            );
            io::Result::Ok(())
        })
        .unwrap();
    }
}

#[test]
fn an_abort_ends_it() {
    let file = Temporary::new("abort", &pattern(LONG));
    yibu::run(async {
        let (client, mut server) = pair().await?;
        let opened = file.open();
        let mut range = 0..LONG as u64;
        fill(&mut server, &opened, &mut range).await?;
        let (mut read, mut write) = server.split();
        let sending = async { send(&mut write, &opened, &mut range).await };
        let (sent, ()) = both(sending, async { read.abort() }).await;
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        let again = write.send_file(&opened, &mut (0..PIECE)).await;
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        drop((client, read, write));
        closed().await;
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_peer_that_goes_is_an_error_of_the_stream() {
    let file = Temporary::new("peer", &pattern(LONG));
    yibu::run(async {
        let (client, mut server) = pair().await?;
        let opened = file.open();
        let mut range = 0..LONG as u64;
        fill(&mut server, &opened, &mut range).await?;
        client.abort();
        let sent = send(server.halves().1, &opened, &mut range).await;
        let error = sent.unwrap_err();
        assert!(
            [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe].contains(&error.kind()),
            "{error}"
        );
        assert_eq!(
            server.write(b"more").await.unwrap_err().kind(),
            error.kind()
        );
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_file_that_ends_too_early_is_an_error_behind_what_it_had() {
    let bytes = pattern(LONG);
    let file = Temporary::new("shrinks", &bytes);
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        let opened = file.open();
        for (start, end) in [(LONG - 100, LONG + 1), (LONG - 300_000, LONG + 1)] {
            let mut range = start as u64..end as u64;
            let (sent, received) = both(
                server.send_file(&opened, &mut range),
                client.read_exact(&mut vec![0; LONG - start]),
            )
            .await;
            received?;
            assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            assert_eq!(range, LONG as u64..LONG as u64 + 1);
        }
        // It shrinks while the socket is full.
        let mut range = 0..LONG as u64;
        fill(&mut server, &opened, &mut range).await?;
        std::fs::File::options()
            .write(true)
            .open(&file.0)?
            .set_len(1000)?;
        let write = async {
            let sent = send(server.halves().1, &opened, &mut range).await;
            server.shutdown().await?;
            sent
        };
        let (sent, received) = both(write, read_all(&mut client)).await;
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(
            received?.len() as u64,
            range.start,
            "as many as were counted"
        );
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn what_the_kernel_cannot_send_is_read_and_its_errors_are_told() {
    let file = Temporary::new("refused", &pattern(100_000));
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        let unreadable = File::from_std(std::fs::File::options().write(true).open(&file.0)?);
        let mut range = 0..100_000;
        let error = server.send_file(&unreadable, &mut range).await.unwrap_err();
        assert!(error.raw_os_error().is_some(), "{error}");
        assert_eq!(range, 0..100_000);
        let directory = File::from_std(std::fs::File::open(std::env::temp_dir())?);
        let error = server.send_file(&directory, &mut range).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        // The stream is none the worse.
        server.send_file(&file.open(), &mut range).await?;
        server.shutdown().await?;
        assert!(read_all(&mut client).await? == pattern(100_000));
        let after = server.send_file(&file.open(), &mut (0..100_000)).await;
        assert_eq!(after.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        io::Result::Ok(())
    })
    .unwrap();
}
