//! How answers end: whole, if the client reads them within its time, and in a reset otherwise; and what the requests behind
//! them get.
#![forbid(unsafe_code)]

mod common;

use std::future::poll_fn;
use std::io::{ErrorKind, Read};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::time::Duration;

use bytes::Bytes;
use common::{Client, Host, PATIENCE};
use rustix::net::{AddressFamily, SocketType, connect, socket, sockopt};
use yibu_http::http::StatusCode;
use yibu_http::{Body, BodySource, Limits, Request, Response};

const SHORT: Duration = Duration::from_millis(300);
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// More than the kernel holds for a [narrow](narrow_host) connection, and less than a stream takes at once.
const ANSWER: usize = 240 << 10;
/// What the kernel is told to hold of it on either side.
const NARROW: usize = 16 << 10;

/// Answers with so many bytes that the stream holds most of them until the client reads.
fn narrow_host(limits: Limits) -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // What is accepted inherits it.
    sockopt::set_socket_send_buffer_size(&listener, NARROW).unwrap();
    Host::on(listener, limits, async |_: &mut Request| {
        Response::bytes(vec![b'x'; ANSWER])
    })
}

fn narrow_client(host: &Host) -> Client {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    sockopt::set_socket_recv_buffer_size(&socket, NARROW).unwrap();
    connect(&socket, &host.address).unwrap();
    Client::of(socket.into())
}

/// A client whose answer has been handed to its stream to the end, and of which it has read nothing.
fn with_answer_queued(host: &Host) -> Client {
    let mut client = narrow_client(host);
    client.send(GET);
    assert_eq!(host.logged().bytes, ANSWER as u64);
    client
}

/// Nothing may come to it for a while.
fn gets_nothing(client: &mut Client, time: Duration) {
    client.socket.set_read_timeout(Some(time)).unwrap();
    let end = client.socket.read(&mut [0]).unwrap_err();
    assert!(
        matches!(end.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{end}"
    );
    client.socket.set_read_timeout(Some(PATIENCE)).unwrap();
}

/// The whole answer and the stream's proper end.
fn gets_all(client: &mut Client) {
    assert_eq!(client.answer().body.len(), ANSWER);
    assert_eq!(client.rest(), b"");
}

fn one_at_a_time() -> Limits {
    Limits {
        connections: 1,
        ..Limits::default()
    }
}

#[test]
fn who_half_closes_has_its_place_until_it_got_all() {
    let host = narrow_host(one_at_a_time());
    let mut first = with_answer_queued(&host);
    first.finish();
    let mut second = narrow_client(&host);
    second.send(GET);
    gets_nothing(&mut second, SHORT);
    gets_all(&mut first);
    second.finish();
    gets_all(&mut second);
}

#[test]
fn who_half_closes_may_read_slowly() {
    let host = narrow_host(one_at_a_time());
    let mut slow = with_answer_queued(&host);
    slow.finish();
    let mut other = narrow_client(&host);
    other.send(GET);
    // Each wait of the other one is the pause between two pieces.
    for _ in 0..10 {
        slow.socket.read_exact(&mut [0; 4 << 10]).unwrap();
        gets_nothing(&mut other, Duration::from_millis(30));
    }
    let rest = slow.rest().len() + 10 * (4 << 10);
    assert!(rest > ANSWER, "only {rest} bytes with the head");
    assert_eq!(other.answer().body.len(), ANSWER);
}

#[test]
fn who_half_closes_and_never_reads_is_reset() {
    let limits = Limits {
        write_stall: SHORT,
        ..one_at_a_time()
    };
    let host = narrow_host(limits);
    let mut deaf = with_answer_queued(&host);
    deaf.finish();
    // It has its turn when the place is free: not before the first one's time is up.
    let mut next = narrow_client(&host);
    next.send(GET);
    gets_nothing(&mut next, SHORT / 2);
    assert_eq!(next.answer().body.len(), ANSWER);
    let end = deaf.socket.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn an_idle_connection_is_not_closed_while_its_answer_is_queued() {
    let limits = Limits {
        keep_alive: SHORT,
        ..one_at_a_time()
    };
    let host = narrow_host(limits);
    let mut first = with_answer_queued(&host);
    let mut second = narrow_client(&host);
    second.send(GET);
    // The sweep may be half a second late.
    gets_nothing(&mut second, SHORT + Duration::from_millis(700));
    gets_all(&mut first);
    drop(first);
    assert_eq!(second.answer().body.len(), ANSWER);
}

#[test]
fn a_shutdown_waits_for_an_answer_that_is_queued() {
    let host = narrow_host(Limits::default());
    let mut client = with_answer_queued(&host);
    host.shutdown.start();
    host.serves_on(SHORT);
    gets_all(&mut client);
    drop(client);
    host.join();
}

struct Endless;

impl BodySource for Endless {
    async fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        yibu::time::sleep(Duration::from_millis(5)).await;
        Ok(Some(Bytes::from_static(b"x")))
    }
}

#[test]
fn an_answer_that_a_shutdown_cuts_off_does_not_look_whole() {
    let limits = Limits {
        shutdown: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, async |_: &mut Request| {
        Response::new(StatusCode::OK).with_body(Body::stream(Endless))
    });
    let mut client = host.connect();
    // In 1.0 the end of the stream is the end of the body.
    client.send("GET / HTTP/1.0\r\n\r\n");
    client.take_until(b"\r\n\r\nxxx");
    host.shutdown.start();
    let end = client.socket.read_to_end(&mut Vec::new());
    let end = end.expect_err("the stream ends as if the body were whole");
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn the_log_tells_how_much_was_handed_over() {
    const LENGTH: usize = 16 << 20;
    let limits = Limits {
        write_stall: SHORT,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, async |_: &mut Request| {
        Response::bytes(vec![b'x'; LENGTH])
    });
    let mut deaf = narrow_client(&host);
    deaf.send(GET);
    let bytes = host.logged().bytes;
    assert!(0 < bytes && bytes < LENGTH as u64, "{bytes}");
}

#[test]
fn only_who_reads_has_its_client_told_to_continue() {
    let (polled_sender, polled) = channel();
    let host = Host::new(async move |request: &mut Request| {
        if request.path() == "/refuse" {
            // Say, a look at a file.
            for _ in 0..3 {
                yibu::yield_now().await;
            }
            return Response::text("no").with_status(StatusCode::FORBIDDEN);
        }
        let mut body = pin!(request.bytes());
        let body = poll_fn(|cx| {
            let body = body.as_mut().poll(cx);
            polled_sender.send(()).unwrap();
            body
        });
        Response::bytes(body.await.unwrap())
    });
    let mut client = host.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    assert_eq!(
        client.take_until(b"\r\n\r\n"),
        b"HTTP/1.1 100 Continue\r\n\r\n"
    );
    // It waits for the body a second time, after it was told to continue.
    client.send("5");
    (0..2).for_each(|_| polled.recv_timeout(PATIENCE).unwrap());
    assert_eq!(client.ask("\r\nhello\r\n0\r\n\r\n").text(), "hello");
    client.send(
        "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    assert_eq!(client.answer().status, 403);
}

#[test]
fn a_body_that_is_looked_for_now_and_then_is_cut_off_too() {
    let limits = Limits {
        body_grace: SHORT,
        body_rate: 1000,
        ..Limits::default()
    };
    let host = Host::with_limits(limits, async |request: &mut Request| {
        for _ in 0..40 {
            let chunk = request.chunk();
            if let Ok(Err(error)) = yibu::time::timeout(Duration::from_millis(75), chunk).await {
                return error.into();
            }
        }
        Response::text("it waited for 3 s")
    });
    let mut client = host.connect();
    let answer = client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    assert_eq!(answer.status, 408, "{}", answer.text());
}

#[test]
fn an_empty_line_behind_the_last_request_is_no_request() {
    let host = Host::new(async |_: &mut Request| Response::text("hello"));
    let mut client = host.connect();
    // Old clients send one behind a body (RFC 9112, 2.2).
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n");
    client.finish();
    assert_eq!(client.answer().text(), "hello");
    let rest = client.rest();
    assert!(rest.is_empty(), "{}", rest.escape_ascii());
}
