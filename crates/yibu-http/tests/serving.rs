//! One client and one server that mean each other well.
#![forbid(unsafe_code)]

mod common;

use std::task::Poll;

use common::Host;
use yibu_http::http::{HeaderValue, StatusCode, header};
use yibu_http::{Request, Response};

/// Says what it was asked, and with which body.
async fn echo(request: &mut Request) -> Response {
    let body = match request.bytes().await {
        Ok(body) => String::from_utf8(body).unwrap(),
        Err(error) => return error.into(),
    };
    let trailers = request.trailers().map_or(String::new(), |trailers| {
        trailers
            .iter()
            .map(|(name, value)| format!(" {name}={}", value.to_str().unwrap()))
            .collect()
    });
    Response::text(format!(
        "{} {} [{body}]{trailers}",
        request.method(),
        request.target()
    ))
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let host = Host::new(echo);
    let mut client = host.connect();
    for i in 0..100 {
        let answer = client.ask(format!("GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(
            (answer.status, answer.text()),
            (200, &*format!("GET /{i} []"))
        );
        assert_eq!(answer.header("connection"), None);
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert!(answer.header("date").unwrap().ends_with(" GMT"));
        let logged = host.logged();
        assert_eq!(
            (logged.target, logged.status, logged.has_duration),
            (format!("/{i}"), StatusCode::OK, true)
        );
        assert_eq!(logged.bytes, answer.body.len() as u64);
    }
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let host = Host::new(async |request: &mut Request| {
        // The first takes longest.
        for _ in 0..20_u32.saturating_sub(request.target().len() as u32) {
            yibu::yield_now().await;
        }
        echo(request).await
    });
    let mut client = host.connect();
    let mut expected = Vec::new();
    let mut bytes = String::new();
    for i in 0..200 {
        let target = format!("/{}", "x".repeat(i % 20));
        let (request, answer) = match i % 5 {
            0 => (
                format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"),
                format!("GET {target} []"),
            ),
            1 => (
                format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
                format!("POST {target} [abc]"),
            ),
            2 => (
                format!(
                    "PUT {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nT: u\r\n\r\n"
                ),
                format!("PUT {target} [abc] t=u"),
            ),
            3 => (
                format!("HEAD {target} HTTP/1.1\r\nHost: a\r\n\r\n"),
                String::new(),
            ),
            _ => (
                format!("\r\nDELETE {target} HTTP/1.1\r\nHost: a\r\n\r\n"),
                format!("DELETE {target} []"),
            ),
        };
        bytes += &request;
        expected.push(answer);
    }
    // In pieces that end anywhere.
    let mut sender = client.socket.try_clone().unwrap();
    let sent = std::thread::spawn(move || {
        for piece in bytes.as_bytes().chunks(97) {
            std::io::Write::write_all(&mut sender, piece).unwrap();
        }
    });
    for (i, expected) in expected.iter().enumerate() {
        let answer = client.answer_to(if i % 5 == 3 { "HEAD" } else { "GET" });
        assert_eq!((i, answer.text()), (i, &**expected));
    }
    sent.join().unwrap();
}

#[test]
fn a_head_request_gets_the_head_of_the_answer() {
    let host = Host::new(echo);
    let mut client = host.connect();
    client.send(format!("HEAD /long HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
    let head = client.answer_to("HEAD");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("13"))
    );
    assert_eq!(client.answer().text(), "GET / []");
    assert_eq!(host.logged().bytes, 0);
}

#[test]
fn statuses_without_a_body_have_none() {
    let host = Host::new(async |request: &mut Request| {
        let status: u16 = request.path()[1..].parse().unwrap();
        let length = HeaderValue::from_static("77");
        Response::text("not to be sent")
            .with_status(StatusCode::from_u16(status).unwrap())
            .header(header::CONTENT_LENGTH, length)
    });
    let mut client = host.connect();
    let answer = client.ask("GET /204 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (204, None)
    );
    let answer = client.ask("GET /304 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (304, Some("77"))
    );
    let answer = client.ask("GET /200 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (answer.text(), answer.header("content-length")),
        ("not to be sent", Some("14"))
    );
    let answer = client.ask("GET /103 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(answer.status, 500, "an interim status is no answer");
}

#[test]
fn http_10_closes_unless_asked_not_to() {
    let host = Host::new(echo);
    let mut client = host.connect();
    let answer = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(
        (answer.text(), answer.header("connection")),
        ("GET / []", Some("keep-alive"))
    );
    let answer = client.ask("GET /2 HTTP/1.0\r\n\r\n");
    assert_eq!(
        (answer.text(), answer.header("connection")),
        ("GET /2 []", Some("close"))
    );
    assert!(client.is_closed());
}

#[test]
fn close_is_honoured_from_both_sides() {
    let host = Host::new(async |request: &mut Request| {
        let answer = echo(request).await;
        if request.path() == "/close" {
            return answer.header(header::CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    });
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
        "GET /close HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let mut client = host.connect();
        client.send(request);
        client.send(GET);
        assert_eq!(client.answer().header("connection"), Some("close"));
        assert_eq!(
            client.rest(),
            b"",
            "what was pipelined behind it is not served"
        );
    }
}

#[test]
fn a_client_that_has_ended_its_side_gets_its_answers() {
    let host = Host::new(async |request: &mut Request| {
        for _ in 0..100 {
            yibu::yield_now().await;
        }
        echo(request).await
    });
    let mut client = host.connect();
    client.send(GET.repeat(3));
    client.finish();
    for _ in 0..3 {
        assert_eq!(client.answer().text(), "GET / []");
    }
    assert_eq!(client.rest(), b"");
}

#[test]
fn a_client_that_waits_for_a_continue_gets_it_when_the_body_is_wanted() {
    let host = Host::new(async |request: &mut Request| {
        if request.path() == "/no" {
            return Response::new(StatusCode::FORBIDDEN);
        }
        if request.path() == "/glance" {
            // Asks for the body, and answers before the client can be told.
            let mut body = std::pin::pin!(request.bytes());
            let is_there =
                std::future::poll_fn(|cx| Poll::Ready(body.as_mut().poll(cx).is_ready()));
            assert!(!is_there.await);
            return Response::new(StatusCode::FORBIDDEN);
        }
        echo(request).await
    });
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
    };
    let mut client = host.connect();
    assert_eq!(client.ask(head("/yes")).status, 100);
    assert_eq!(client.ask("abc").text(), "POST /yes [abc]");
    // One that does not wait gets none.
    assert_eq!(client.ask(head("/yes") + "abc").text(), "POST /yes [abc]");
    for path in ["/no", "/glance"] {
        let mut client = host.connect();
        let answer = client.ask(head(path));
        let connection = answer.header("connection");
        assert_eq!((answer.status, connection), (403, Some("close")));
        assert!(
            client.is_closed(),
            "nobody knows whether the body will come"
        );
    }
}

#[test]
fn a_short_body_that_nobody_reads_is_skipped() {
    let host = Host::new(async |_: &mut Request| Response::text("no, thanks"));
    let mut client = host.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
    assert_eq!(client.ask(head).header("connection"), None);
    client.send(vec![b'x'; 60_000]);
    assert_eq!(client.ask(GET).text(), "no, thanks");
    let chunks =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    assert_eq!(client.ask(chunks).header("connection"), None);
    assert_eq!(client.ask(GET).text(), "no, thanks");
}

#[test]
fn a_long_body_that_nobody_reads_does_not_cost_the_client_its_answer() {
    let host = Host::new(async |_: &mut Request| Response::text("no, thanks"));
    for head in [
        "Content-Length: 3000000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n",
    ] {
        let mut client = host.connect();
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{head}"));
        client.send(vec![b'x'; 3_000_000]);
        let answer = client.answer();
        assert_eq!(
            (answer.text(), answer.header("connection")),
            ("no, thanks", Some("close"))
        );
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn a_panic_ends_its_own_connection_alone() {
    let host = Host::new(async |request: &mut Request| {
        assert!(request.path() != "/panic", "on purpose");
        echo(request).await
    });
    let mut other = host.connect();
    assert_eq!(other.ask(GET).status, 200);
    let mut client = host.connect();
    client.send(format!("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
    let answer = client.answer();
    assert_eq!(
        (answer.status, answer.header("connection")),
        (500, Some("close"))
    );
    assert_eq!(client.rest(), b"");
    let report = host.reported();
    assert!(
        report.contains("GET /panic") && report.contains("on purpose"),
        "{report}"
    );
    assert_eq!(other.ask(GET).status, 200);
}

#[test]
fn the_head_can_be_asked_while_the_body_is_read() {
    let host = Host::new(async |request: &mut Request| {
        let mut sum = 0_u64;
        let mut buffer = [0; 1000];
        loop {
            match request.read(&mut buffer).await.unwrap() {
                0 => break,
                count => {
                    sum += buffer[..count]
                        .iter()
                        .map(|&byte| u64::from(byte))
                        .sum::<u64>()
                }
            }
            assert_eq!(request.header("x-name"), Some(&b"value"[..]));
            assert_eq!(request.host(), Some("a:1"));
        }
        Response::text(sum.to_string())
    });
    let mut client = host.connect();
    let body: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
    let sum: u64 = body.iter().map(|&byte| u64::from(byte)).sum();
    client.send("POST / HTTP/1.1\r\nHost: a:1\r\nX-Name: value\r\nContent-Length: 1000000\r\n\r\n");
    assert_eq!(client.ask(&body).text(), sum.to_string());
    client.send(
        "POST / HTTP/1.1\r\nHost: a:1\r\nX-Name:\tvalue \r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    for piece in body.chunks(777) {
        client.send([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    }
    assert_eq!(client.ask("0\r\n\r\n").text(), sum.to_string());
}
