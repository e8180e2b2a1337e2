//! Where streams and files meet what is not theirs: greedy peers, user code that runs when bytes or wakers are let go, sockets that
//! others share, and other loops.

use std::future::Future;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, RawWaker, RawWakerVTable, Wake, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use yibu::event_loop::{Interest, poll_fd, stats};
use yibu::fs::OpenOptions;
use yibu::net::{TcpListener, TcpStream};

async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    Ok((client, listener.accept().await?.0))
}

/// Lets the loop turn until something is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        yibu::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A peer that sends without end.
fn flood(mut client: TcpStream) -> yibu::JoinHandle<()> {
    yibu::spawn(async move {
        let chunk = vec![b'r'; 64 * 1024];
        while client.write(&chunk).await.is_ok() {}
    })
}

#[test]
fn a_lent_buffer_does_not_grow_with_each_loan() {
    yibu::run(async {
        let (client, mut server) = pair().await?;
        let flood = flood(client);
        server.fill().await?;
        let (read, write) = server.halves();
        let mut most = 0;
        for _ in 0..200 {
            let mut lent = read.buffered();
            most = most.max(lent.len());
            lent.consume(1);
            write.write(b"answer").await?;
            yibu::time::sleep(Duration::from_millis(1)).await;
        }
        flood.abort();
        assert!(most < 2_000_000, "{most} bytes were buffered in 200 loans");
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_raised_mark_falls_again() {
    yibu::run(async {
        let (client, mut server) = pair().await?;
        let flood = flood(client);
        server.read_exact(&mut vec![0; 20_000_000]).await?;
        let rest = server.buffered_len();
        {
            let mut buffer = vec![0; 20_000_000];
            let mut dropped = pin!(server.read_exact(&mut buffer));
            let _ = dropped
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        }
        server.consume(rest.min(1));
        let mut most = 0;
        for _ in 0..300 {
            yibu::time::sleep(Duration::from_millis(1)).await;
            most = most.max(server.buffered_len());
        }
        flood.abort();
        assert!(
            most < 2_000_000,
            "{most} bytes were buffered though nobody reads"
        );
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_stream_that_is_shut_for_reading_throws_away_what_comes() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        server.shutdown_read();
        for _ in 0..1_000 {
            client.write(&[0; 64 * 1024]).await?;
        }
        client.flush().await?;
        assert_eq!(server.read(&mut [0; 8]).await?, 0);
        io::Result::Ok(())
    })
    .unwrap();
}

/// Bytes whose destructor uses the loop; it counts, and panics if asked to.
struct Owner {
    bytes: Vec<u8>,
    dropped: Arc<AtomicUsize>,
    panics: bool,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        assert!(stats().tasks > 0);
        self.dropped.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "a destructor that panics");
    }
}

fn owned(len: usize, panics: bool, dropped: &Arc<AtomicUsize>) -> Bytes {
    let owner = Owner {
        bytes: vec![7; len],
        dropped: dropped.clone(),
        panics,
    };
    Bytes::from_owner(owner)
}

#[test]
fn owners_of_bytes_run_with_nothing_borrowed() {
    let dropped = Arc::default();
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        for len in [0, 5, 5_000, 100_000] {
            client.write_all(owned(len, false, &dropped)).await?;
        }
        server.read_exact(&mut vec![0; 105_005]).await?;
        client.write_all(owned(5_000, true, &dropped)).await?;
        client.write_all(owned(5_000, true, &dropped)).await?;
        server.read_exact(&mut [0; 10_000]).await?;
        until("all are let go", || dropped.load(Ordering::Relaxed) == 6).await;
        // What is queued and never sent is let go, too.
        for _ in 0..40 {
            client.set_write_marks(1, 1 << 30);
            client.write_all(owned(100_000, false, &dropped)).await?;
        }
        client.abort();
        until("the rest is let go", || {
            dropped.load(Ordering::Relaxed) == 46
        })
        .await;
        let path = std::env::temp_dir().join(format!("yibu-owner-{}", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .open(&path)
            .await?;
        {
            let mut dropped_early = pin!(file.write_at(0, owned(5_000, false, &dropped)));
            let _ = dropped_early
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        }
        drop(file);
        std::fs::remove_file(path)?;
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn foreign_wakers_may_panic_and_call_back() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a foreign waker that panics")
        }
    }
    static CALLS_BACK: RawWakerVTable = RawWakerVTable::new(
        |_| RawWaker::new(std::ptr::null(), &CALLS_BACK),
        |_| {},
        |_| {},
        |_| assert!(stats().tasks > 0),
    );
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        let panics = Waker::from(Arc::new(Panics));
        assert!(
            server
                .poll_fill(&mut Context::from_waker(&panics), 0)
                .is_pending()
        );
        client.write(b"x").await?;
        until("the byte is there", || server.buffered_len() == 1).await;
        // SAFETY: the table's functions use no data.
        let calls_back = unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &CALLS_BACK)) };
        let mut cx = Context::from_waker(&calls_back);
        assert!(server.poll_fill(&mut cx, 0).is_ready());
        assert!(server.poll_fill(&mut cx, 1).is_pending());
        assert!(client.poll_flush(&mut cx).is_ready());
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_shared_socket_comes_and_goes_under_the_same_number() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let kept = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    yibu::run(async {
        for _ in 0..3 {
            let mut stream = TcpStream::from_std(kept.try_clone()?)?;
            peer.write_all(b"x")?;
            stream.read_exact(&mut [0]).await?;
            drop(stream);
            until("it is closed", || stats().connections == 0).await;
        }
        // A listener that another process made blocking again does not block this loop.
        let shared = listener.try_clone()?;
        let mut accepting = TcpListener::from_std(listener.try_clone()?)?;
        let client = std::net::TcpStream::connect(shared.local_addr()?)?;
        accepting.accept().await?;
        drop(client);
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn urgent_data_does_not_hold_up_the_rest() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    yibu::run(async {
        let mut stream = TcpStream::connect(address).await?;
        let (mut peer, _) = listener.accept()?;
        assert!(
            stream
                .poll_fill(&mut Context::from_waker(Waker::noop()), 0)
                .is_pending()
        );
        peer.write_all(b"abc")?;
        rustix::net::send(&peer, b"U", rustix::net::SendFlags::OOB)?;
        peer.write_all(b"def")?;
        let mut all = [0; 6];
        stream.read_exact(&mut all).await?;
        assert_eq!(&all, b"abcdef");
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn poll_fd_tells_only_of_what_was_asked() {
    let (reader, writer) = io::pipe().unwrap();
    yibu::run(async {
        drop(reader);
        let ready = poll_fd(writer.as_fd(), Interest::WRITABLE).await?;
        assert_eq!(ready, Interest::WRITABLE);
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_future_that_was_begun_on_a_loop_does_not_delay_its_end() {
    let (reader, _writer) = io::pipe().unwrap();
    let start = Instant::now();
    let begun = yibu::run(async {
        let mut begun = Box::pin(async move { poll_fd(reader.as_fd(), Interest::READABLE).await });
        assert!(
            begun
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        Some(begun)
    });
    drop(begun);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_file_goes_to_the_next_loop() {
    let path = std::env::temp_dir().join(format!("yibu-next-{}", std::process::id()));
    let mut file = yibu::run(async {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .open(&path)
            .await
            .unwrap();
        {
            let mut begun = pin!(file.write_at(0, vec![7; 5_000]));
            let _ = begun.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        file
    });
    yibu::run(async {
        // The first write may have been begun on the loop that has ended; then it is reported, once.
        let first = file.write_at(0, "x").await;
        assert!(first.is_ok() || first.unwrap_err().to_string().contains("has ended"));
        file.write_at(0, "x").await.unwrap();
        assert_eq!(file.read_at(0, 2).await.unwrap().first(), Some(&b'x'));
    });
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_says_it_is_huge_is_an_error() {
    let path = std::env::temp_dir().join(format!("yibu-huge-{}", std::process::id()));
    let sparse = std::fs::File::create(&path).unwrap();
    sparse
        .set_len(1 << 62)
        .or_else(|_| sparse.set_len(8 << 40))
        .unwrap();
    let error = yibu::run(yibu::fs::read(&path)).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
}

#[test]
fn a_listener_of_another_loop_is_not_taken_for_one_of_this() {
    let old = yibu::run(async { TcpListener::bind("127.0.0.1:0").await.unwrap() });
    yibu::run(async {
        let _new = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| old.local_addr()));
        assert!(asked.is_err());
    });
}
