//! Clients that are slow, greedy, rude or gone: each costs little, is closed in time, and disturbs nobody.
#![forbid(unsafe_code)]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Client, Host, PATIENCE};
use yibu_http::{Body, Limits, Part, Request, Response};

const SHORT: Duration = Duration::from_millis(300);
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async fn hello(_: &mut Request) -> Response {
    Response::text("hello")
}

async fn upload(request: &mut Request) -> Response {
    match request.bytes().await {
        Ok(body) => Response::text(body.len().to_string()),
        Err(error) => error.into(),
    }
}

/// Far more than the kernel's buffers hold.
fn huge() -> Response {
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    let parts = (0..256).map(|_| Part::Bytes(piece.clone())).collect();
    Response::new(yibu_http::http::StatusCode::OK).with_body(Body::parts(parts))
}

/// Sends one byte whenever a time has passed without an answer, until there is one.
fn drip(client: &mut Client, bytes: impl Iterator<Item = u8>, pause: Duration) -> Vec<u8> {
    client.socket.set_read_timeout(Some(pause)).unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    for byte in bytes {
        assert!(begun.elapsed() < PATIENCE, "the server goes on waiting");
        if client.socket.write_all(&[byte]).is_err() {
            break;
        }
        match client.socket.read(&mut [0; 4096]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => (),
            Err(_) => break,
            Ok(0) => break,
            Ok(_) => {
                answer.push(byte);
                client.socket.set_read_timeout(Some(PATIENCE)).unwrap();
                // The stream ends after the answer.
                while !matches!(client.socket.read(&mut [0; 4096]), Ok(0) | Err(_)) {}
                break;
            }
        }
    }
    answer
}

#[test]
fn a_head_that_comes_a_byte_at_a_time_is_cut_off() {
    let limits = Limits {
        head_time: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, hello);
    let mut slow = host.connect();
    slow.send("GET / HTTP/1.1\r\n");
    let endless = "X-A: b\r\n".bytes().cycle();
    let address = host.address;
    let other = std::thread::spawn(move || {
        let mut other = Client::to(address);
        (0..50).for_each(|_| assert_eq!(other.ask(GET).text(), "hello"));
    });
    assert!(
        !drip(&mut slow, endless, Duration::from_millis(20)).is_empty(),
        "it is told why"
    );
    other.join().unwrap();
    let statuses: Vec<u16> = (0..51).map(|_| host.logged().status.as_u16()).collect();
    assert_eq!(
        statuses.iter().filter(|&&status| status == 408).count(),
        1,
        "{statuses:?}"
    );
}

#[test]
fn who_connects_and_says_nothing_is_closed() {
    let limits = Limits {
        head_time: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, hello);
    assert!(host.connect().is_closed());
}

#[test]
fn an_idle_connection_is_closed_when_its_time_is_up_and_not_before() {
    let limits = Limits {
        keep_alive: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, hello);
    let mut client = host.connect();
    let begun = Instant::now();
    client.ask(GET);
    let answered = Instant::now();
    assert!(client.is_closed());
    assert!(answered.elapsed() < Duration::from_secs(10));
    assert!(begun.elapsed() >= SHORT);
}

#[test]
fn a_body_that_comes_too_slowly_is_cut_off() {
    let limits = Limits {
        body_grace: SHORT,
        body_rate: 1000,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, upload);
    let mut slow = host.connect();
    slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    assert!(
        !drip(
            &mut slow,
            std::iter::repeat(b'x'),
            Duration::from_millis(20)
        )
        .is_empty()
    );
    assert_eq!(host.logged().status, 408);
    // A whole body at once earns its time.
    let mut fast = host.connect();
    fast.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    assert_eq!(fast.ask(vec![b'x'; 100_000]).text(), "100000");
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let limits = Limits {
        body_bytes: 1000,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, async |request: &mut Request| {
        if request.path() == "/more" {
            request.set_body_limit(2000);
        }
        upload(request).await
    });
    let ask = |path: &str, length: usize| {
        let mut client = host.connect();
        client.send(format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
        ));
        client.ask(vec![b'x'; length]).status
    };
    assert_eq!((ask("/", 1000), ask("/", 1001)), (200, 413));
    assert_eq!((ask("/more", 2000), ask("/more", 2001)), (200, 413));
    let mut client = host.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(format!("3e8\r\n{}\r\n", "x".repeat(1000)));
    let answer = client.ask("1\r\nx\r\n");
    assert_eq!(
        (answer.status, answer.header("connection")),
        (413, Some("close"))
    );
    // One that asks first is not told to send what would be refused.
    let mut client = host.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n";
    assert_eq!(client.ask(head).status, 413);
}

#[test]
fn a_body_that_is_cut_off_is_an_error() {
    let host = Host::new(async |request: &mut Request| {
        let error = request.bytes().await.unwrap_err();
        assert!(error.is_incomplete());
        assert!(request.bytes().await.is_err(), "it stays one");
        Response::from(error)
    });
    let mut client = host.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    client.finish();
    assert_eq!(client.answer().status, 400);
    assert_eq!(client.rest(), b"");
}

#[test]
fn heads_beyond_the_limits_are_refused() {
    let host = Host::new(hello);
    let ask = |request: String| {
        let mut client = host.connect();
        let answer = client.ask(request);
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(client.rest(), b"");
        answer.status
    };
    assert_eq!(
        ask(format!(
            "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
            "x".repeat(9 << 10)
        )),
        414
    );
    assert_eq!(
        ask(format!(
            "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
            "x".repeat(33 << 10)
        )),
        431
    );
    assert_eq!(
        ask(format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "X: y\r\n".repeat(100)
        )),
        431
    );
    assert_eq!(ask("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n".into()), 400);
    assert_eq!(ask("GET / HTTP/3.0\r\nHost: a\r\n\r\n".into()), 505);
}

#[test]
fn who_is_refused_can_read_why() {
    let host = Host::new(hello);
    let mut client = host.connect();
    client.send("GET / HTTP/1.1\nHost: a\n\n");
    // More than the server's buffer holds, so it must go on reading for a while.
    client.send(vec![b'x'; 2_000_000]);
    client.finish();
    assert_eq!(client.answer().status, 400);
    assert_eq!(client.rest(), b"");
}

#[test]
fn a_gibibyte_of_headers_is_not_taken() {
    let host = Host::new(hello);
    let mut greedy = host.connect();
    greedy.send("GET / HTTP/1.1\r\nHost: a\r\n");
    let piece = "X-Header: value\r\n".repeat(4096);
    let mut sent = 0;
    while sent < 1 << 30 && greedy.socket.write_all(piece.as_bytes()).is_ok() {
        sent += piece.len();
    }
    assert!(sent < 64 << 20, "the server took {sent} bytes");
    assert_eq!(host.logged().status, 431);
    assert_eq!(host.connect().ask(GET).text(), "hello");
}

#[test]
fn a_client_that_never_reads_is_reset() {
    let limits = Limits {
        write_stall: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, async |_: &mut Request| huge());
    let mut deaf = host.connect();
    deaf.send(GET);
    let logged = host.logged();
    assert!(
        logged.bytes < 64 << 20,
        "{} bytes were queued for a client that takes none",
        logged.bytes
    );
    // What the kernel held of the answer is gone, or the end comes early.
    let mut taken = 0;
    while let Ok(count @ 1..) = deaf.socket.read(&mut [0; 65_536]) {
        taken += count;
    }
    assert!(taken < 64 << 20);
}

#[test]
fn a_client_that_pipelines_and_never_reads_is_reset() {
    let limits = Limits {
        write_stall: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, async |_: &mut Request| {
        Response::text("x".repeat(10_000))
    });
    let mut deaf = host.connect();
    let requests = GET.repeat(100);
    let mut asked = 0;
    let end = loop {
        match deaf.socket.write_all(requests.as_bytes()) {
            Ok(()) => asked += 100,
            Err(error) => break error,
        }
        assert!(asked < 1_000_000, "requests are taken for ever");
    };
    let is_reset = matches!(
        end.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    );
    assert!(is_reset, "it is left waiting: {end}");
    assert_eq!(host.connect().ask(GET).status, 200);
}

#[test]
fn a_client_that_disappears_is_forgotten() {
    let host = Host::new(async |request: &mut Request| match request.path() {
        "/huge" => huge(),
        _ => hello(request).await,
    });
    for _ in 0..20 {
        let mut client = host.connect();
        client.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
        client.take(100_000);
        // Bytes are unread, so this resets.
        drop(client);
        assert!(host.logged().bytes < 256 << 20);
    }
    assert_eq!(host.connect().ask(GET).text(), "hello");
}

#[test]
fn connections_beyond_the_limit_wait_their_turn() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, hello);
    let mut first = host.connect();
    let mut second = host.connect();
    assert_eq!((first.ask(GET).status, second.ask(GET).status), (200, 200));
    let mut third = host.connect();
    third.send(GET);
    third.socket.set_read_timeout(Some(SHORT)).unwrap();
    assert!(
        third.socket.read(&mut [0; 1]).is_err(),
        "there is no place for it"
    );
    third.socket.set_read_timeout(Some(PATIENCE)).unwrap();
    drop(first);
    assert_eq!(third.answer().text(), "hello");
    assert_eq!(second.ask(GET).status, 200);
}
