//! Dropping any future at any await loses nothing and leaves nothing behind.
//!
//! Pairs of tasks exchange streams of known bytes while every operation is dropped at random before it is ready. The bytes must arrive whole and in order, and at
//! the end no task, stream, operation, timer or descriptor may be left. Beside them run tasks that wait and are never dropped: each of their waits must end
//! with the first wake, or a wake went to the wrong task.
//!
//! One test, in a process of its own, since it counts descriptors. `YIBU_TEST_SEED` repeats a run.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use yibu::fs::File;
use yibu::net::{ReadHalf, TcpListener, TcpStream, WriteHalf};

const DROPS: usize = 10_000;
const PAIRS: usize = 8;
/// What is dropped so often in all, and each often.
const NAMES: [&str; 11] = [
    "read",
    "read_exact",
    "read_until",
    "write",
    "write_all",
    "flush",
    "accept",
    "sleep",
    "connect",
    "read_at",
    "send_file",
];

/// Numbers that follow from a seed (xorshift64*).
struct Random(Cell<u64>);

impl Random {
    fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }

    fn below(&self, limit: usize) -> usize {
        let mut x = self.0.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.set(x);
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// The length of the file; streams repeat its bytes.
const LENGTH: usize = 600_000;

/// The byte at a place of every stream and file; 0xff is rare, and the delimiter of `read_until`.
fn byte(place: usize) -> u8 {
    (((place % LENGTH) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8
}

fn bytes(place: usize, len: usize) -> Vec<u8> {
    (place..place + len).map(byte).collect()
}

/// What the tasks share: the random numbers and the counts.
struct Run {
    random: Random,
    dropped: RefCell<BTreeMap<&'static str, usize>>,
    finished: RefCell<BTreeMap<&'static str, usize>>,
}

impl Run {
    /// Of the operations that must be dropped; what else is dropped comes on top.
    fn dropped(&self) -> usize {
        let dropped = self.dropped.borrow();
        NAMES.iter().filter_map(|name| dropped.get(name)).sum()
    }

    fn is_over(&self) -> bool {
        self.dropped() >= DROPS
    }

    /// Polls a future for a random number of turns, then drops it; what it gave, if it was ready by then.
    async fn maybe<F: Future>(&self, name: &'static str, future: F) -> Option<F::Output> {
        let mut turns = self.random.below(4);
        let mut future = pin!(future);
        let output = poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if turns == 0 => Poll::Ready(None),
            Poll::Pending => {
                turns -= 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        })
        .await;
        let counts = if output.is_some() {
            &self.finished
        } else {
            &self.dropped
        };
        *counts.borrow_mut().entry(name).or_default() += 1;
        output
    }
}

/// Waits without ever being dropped; the first wake must be the last.
async fn steady<F: Future>(future: F) -> F::Output {
    let mut polls = 0;
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls += 1;
        let polled = future.as_mut().poll(cx);
        assert!(polls == 1 || polled.is_ready(), "woken for something else");
        polled
    })
    .await
}

/// Writes until the run is over; returns how many bytes.
async fn write(run: &Run, stream: &mut WriteHalf, file: &File) -> io::Result<usize> {
    let mut place = 0;
    while !run.is_over() {
        let next = bytes(place, 1 + run.random.below(40_000));
        let len = next.len();
        let written = match run.random.below(5) {
            0 => run
                .maybe("write", stream.write(&next))
                .await
                .transpose()?
                .map(|()| len),
            1 => run
                .maybe("write_all", stream.write_all(next))
                .await
                .transpose()?
                .map(|()| len),
            2 => match stream.try_write(&next) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                count => Some(count?),
            },
            3 => {
                let start = place % LENGTH;
                let most = [40_000, LENGTH][usize::from(run.random.below(64) == 0)];
                let end = LENGTH.min(start + 1 + run.random.below(most));
                let mut range = start as u64..end as u64;
                // What was sent before it was dropped, the range tells.
                run.maybe("send_file", stream.send_file(file, &mut range))
                    .await
                    .transpose()?;
                // It may not have waited, and who reads is to wait now and then.
                yibu::yield_now().await;
                Some(range.start as usize - start)
            }
            _ => {
                run.maybe("flush", stream.flush()).await.transpose()?;
                None
            }
        };
        place += written.unwrap_or(0);
        if run.random.below(8) == 0 {
            stream.flush().await?;
        }
    }
    while run
        .maybe("shutdown", stream.shutdown())
        .await
        .transpose()?
        .is_none()
    {}
    Ok(place)
}

/// Reads to the end; returns how many bytes, all of them right.
async fn read(run: &Run, stream: &mut ReadHalf) -> io::Result<usize> {
    let mut place = 0;
    loop {
        let len = 1 + run.random.below(20_000);
        let mut buffer = vec![0; len];
        let got = match run.random.below(4) {
            0 => match run
                .maybe("read", stream.read(&mut buffer))
                .await
                .transpose()?
            {
                Some(0) => return Ok(place),
                Some(count) => buffer[..count].to_vec(),
                None => continue,
            },
            1 => match run
                .maybe("read_exact", stream.read_exact(&mut buffer))
                .await
            {
                Some(Ok(())) => buffer,
                Some(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    return Err(error);
                }
                _ => continue,
            },
            2 => match run
                .maybe("read_until", stream.read_until(&[0xff], len))
                .await
            {
                Some(Ok(until)) => {
                    let inner = &until[..until.len().saturating_sub(1)];
                    assert!(!inner.contains(&0xff), "a delimiter was passed over");
                    until
                }
                Some(Err(error)) if error.kind() != io::ErrorKind::InvalidData => {
                    return Err(error);
                }
                _ => continue,
            },
            _ => {
                run.maybe("fill", stream.fill()).await.transpose()?;
                let mut lent = stream.buffered();
                let count = lent.len().min(len);
                let got = lent[..count].to_vec();
                lent.consume(count);
                got
            }
        };
        assert!(got == bytes(place, got.len()), "wrong bytes at {place}");
        place += got.len();
    }
}

/// Connects and lets go.
async fn connect(run: &Run, busy: SocketAddr, quiet: SocketAddr) -> io::Result<()> {
    while !run.is_over() {
        let address = if run.random.below(10) == 0 {
            quiet
        } else {
            busy
        };
        if let Some(stream) = run.maybe("connect", TcpStream::connect(address)).await {
            let mut stream = stream?;
            stream.try_write(b"hello")?;
            if run.random.below(2) == 0 {
                stream.abort();
            }
        }
        // Now and then nothing comes to be accepted.
        let pause = Duration::from_micros(run.random.below(2_000) as u64);
        run.maybe("sleep", yibu::time::sleep(pause)).await;
        yibu::time::sleep(pause).await;
    }
    Ok(())
}

/// Accepts what `connect` brings.
async fn accept(run: &Run, mut busy: TcpListener, mut quiet: TcpListener) -> io::Result<()> {
    while !run.is_over() {
        let listener = if run.random.below(2) == 0 {
            &mut busy
        } else {
            &mut quiet
        };
        if let Some(accepted) = run.maybe("accept", listener.accept()).await {
            drop(accepted?);
        }
        yibu::yield_now().await;
    }
    Ok(())
}

async fn read_file(run: &Run, path: &std::path::Path) -> io::Result<()> {
    let file = File::open(path).await?;
    while !run.is_over() {
        // What is long is not read at once.
        let most = [50_000, 300_000][usize::from(run.random.below(4) == 0)];
        let (place, len) = (run.random.below(300_000), most - run.random.below(30_000));
        if let Some(got) = run
            .maybe("read_at", file.read_at(place as u64, len))
            .await
            .transpose()?
        {
            assert!(
                got == bytes(place, got.len()),
                "wrong bytes of the file at {place}"
            );
        }
        if let Some(opened) = run.maybe("open", File::open(path)).await {
            let opened = opened?;
            let length = run.maybe("metadata", opened.metadata()).await.transpose()?;
            assert!(length.is_none_or(|metadata| metadata.len() == LENGTH as u64));
        }
    }
    Ok(())
}

async fn sleep(run: &Run) {
    while !run.is_over() {
        let (start, time) = (
            Instant::now(),
            Duration::from_micros(run.random.below(3_000) as u64),
        );
        if run.maybe("sleep", yibu::time::sleep(time)).await.is_some() {
            assert!(start.elapsed() >= time, "a sleep of {time:?} ended early");
        }
        yibu::yield_now().await;
    }
}

/// A ping-pong that is never dropped, and whose every wait ends with its first wake.
async fn ping_pong(run: &Run, address: SocketAddr, mut listener: TcpListener) -> io::Result<()> {
    let mut client = TcpStream::connect(address).await?;
    let (mut server, _) = steady(listener.accept()).await?;
    let echo = yibu::spawn(async move {
        let mut message = [0; 8];
        while steady(server.read_exact(&mut message)).await.is_ok() {
            server.write(&message).await?;
        }
        io::Result::Ok(())
    });
    let mut round = 0u64;
    while !run.is_over() {
        round += 1;
        client.write(&round.to_le_bytes()).await?;
        let mut answer = [0; 8];
        steady(client.read_exact(&mut answer)).await?;
        assert_eq!(u64::from_le_bytes(answer), round);
        steady(yibu::time::sleep(Duration::from_micros(200))).await;
    }
    drop(client);
    echo.await.unwrap()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

async fn run_all(run: Rc<Run>, path: std::path::PathBuf) -> io::Result<()> {
    let mut tasks = Vec::new();
    let mut ends = Vec::new();
    for _ in 0..PAIRS {
        let mut listener = TcpListener::bind("127.0.0.1:0").await?;
        let client = TcpStream::connect(listener.local_addr()?).await?;
        let server = listener.accept().await?.0;
        // Each connection carries a stream in each direction.
        let ((server_read, server_write), (client_read, client_write)) =
            (server.split(), client.split());
        for (mut from, mut to) in [(server_read, client_write), (client_read, server_write)] {
            from.set_read_marks(2_000, 8_000);
            to.set_write_marks(5_000, 20_000);
            let (reading, writing) = (run.clone(), run.clone());
            let file = File::open(&path).await?;
            let writer = yibu::spawn(async move { write(&writing, &mut to, &file).await });
            let reader = yibu::spawn(async move { read(&reading, &mut from).await });
            ends.push((writer, reader));
        }
    }
    let busy = TcpListener::bind("127.0.0.1:0").await?;
    let quiet = TcpListener::bind("127.0.0.1:0").await?;
    let addresses = (busy.local_addr()?, quiet.local_addr()?);
    let state = run.clone();
    tasks.push(yibu::spawn(
        async move { accept(&state, busy, quiet).await },
    ));
    for _ in 0..3 {
        let state = run.clone();
        tasks.push(yibu::spawn(async move {
            connect(&state, addresses.0, addresses.1).await
        }));
        let state = run.clone();
        tasks.push(yibu::spawn(async move {
            sleep(&state).await;
            Ok(())
        }));
        let (state, path) = (run.clone(), path.clone());
        tasks.push(yibu::spawn(async move { read_file(&state, &path).await }));
        let (state, listener) = (run.clone(), TcpListener::bind("127.0.0.1:0").await?);
        let address = listener.local_addr()?;
        tasks.push(yibu::spawn(async move {
            ping_pong(&state, address, listener).await
        }));
    }
    let polls = Rc::new(Cell::new(0));
    let counted = polls.clone();
    let bystander = yibu::spawn(poll_fn(move |_| {
        counted.set(counted.get() + 1);
        Poll::<()>::Pending
    }));
    for (writer, reader) in ends {
        assert_eq!(
            writer.await.unwrap()?,
            reader.await.unwrap()?,
            "bytes written and read"
        );
    }
    for task in tasks {
        task.await.unwrap()?;
    }
    assert_eq!(polls.get(), 1, "nobody woke the bystander");
    bystander.abort();
    assert!(bystander.await.is_err());
    settle().await;
    Ok(())
}

/// Waits until what was dropped is gone; a leak never goes.
async fn settle() {
    let empty = |stats: yibu::event_loop::Stats| {
        (
            stats.tasks,
            stats.connections,
            stats.listeners,
            stats.operations,
        ) == (1, 0, 0, 0)
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while !empty(yibu::event_loop::stats()) {
        assert!(
            Instant::now() < deadline,
            "left behind: {:?}",
            yibu::event_loop::stats()
        );
        yibu::yield_now().await;
    }
}

#[test]
fn dropping_any_future_loses_nothing_and_leaves_nothing() {
    let seed = std::env::var("YIBU_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(1, |since| since.as_nanos() as u64)
    });
    eprintln!(
        "YIBU_TEST_SEED={seed} driver={}",
        yibu::event_loop::driver_name()
    );
    let path = std::env::temp_dir().join(format!("yibu-cancel-{}", std::process::id()));
    std::fs::write(&path, bytes(0, LENGTH)).unwrap();
    // The first loop makes what stays for the process: the wake's descriptor.
    yibu::run(async {});
    let before = descriptors();
    let run = Rc::new(Run {
        random: Random::new(seed),
        dropped: RefCell::default(),
        finished: RefCell::default(),
    });
    yibu::run(run_all(run.clone(), path.clone())).unwrap();
    std::fs::remove_file(&path).unwrap();
    eprintln!("dropped {}: {:?}", run.dropped(), run.dropped.borrow());
    eprintln!("finished: {:?}", run.finished.borrow());
    for name in NAMES {
        assert!(
            run.dropped
                .borrow()
                .get(name)
                .is_some_and(|count| *count >= 50),
            "{name} was hardly dropped"
        );
    }
    // A ring that was closed is torn down by the kernel a moment later, and pool threads may still close a file.
    let deadline = Instant::now() + Duration::from_secs(10);
    while descriptors() > before {
        assert!(
            Instant::now() < deadline,
            "{} descriptors more than before",
            descriptors() - before
        );
        std::thread::yield_now();
    }
}
