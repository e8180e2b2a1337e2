//! Bodies of every kind, whole and cut off.
#![forbid(unsafe_code)]

mod common;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use bytes::Bytes;
use common::Host;
use yibu_http::http::{HeaderMap, HeaderValue, StatusCode};
use yibu_http::{Body, BodySource, Part, Request, Response};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A file that is removed in the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("yibu-http-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Temporary(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn respond(body: Body) -> Response {
    Response::new(StatusCode::OK).with_body(body)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

#[test]
fn bytes_of_any_length_arrive_whole() {
    let lengths = [
        0,
        1,
        13,
        16 << 10,
        (16 << 10) + 1,
        256 << 10,
        (256 << 10) + 1,
        5 << 20,
    ];
    let host = Host::new(async |request: &mut Request| {
        let length = request.path()[1..].parse().unwrap();
        Response::bytes(pattern(length))
    });
    let mut client = host.connect();
    for length in lengths {
        let answer = client.ask(format!("GET /{length} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(answer.header("content-length"), Some(&*length.to_string()));
        assert!(answer.body == pattern(length), "{length}");
        assert_eq!(host.logged().bytes, length as u64);
    }
}

#[test]
fn parts_are_sent_one_after_the_other() {
    let file = Temporary::new("parts", &pattern(3_000_000));
    let path = file.0.clone();
    let host = Host::new(async move |_: &mut Request| {
        let file = Rc::new(yibu::fs::File::open(&path).await.unwrap());
        let range = |range| Part::File {
            file: file.clone(),
            range,
        };
        respond(Body::parts(vec![
            Part::Bytes(Bytes::from_static(b"--first\r\n")),
            range(0..10),
            range(7..7),
            Part::Bytes(Bytes::from(vec![b'y'; 300_000])),
            range(5..2_999_999),
            Part::Bytes(Bytes::from_static(b"--last")),
        ]))
    });
    let bytes = pattern(3_000_000);
    let expected = [
        b"--first\r\n",
        &bytes[..10],
        &vec![b'y'; 300_000],
        &bytes[5..2_999_999],
        b"--last",
    ]
    .concat();
    let mut client = host.connect();
    for _ in 0..2 {
        let answer = client.ask(GET);
        assert_eq!(
            answer.header("content-length"),
            Some(&*expected.len().to_string())
        );
        assert!(answer.body == expected);
    }
    client.send(format!("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
    let head = client.answer_to("HEAD");
    assert_eq!(
        head.header("content-length"),
        Some(&*expected.len().to_string())
    );
    assert!(client.answer().body == expected);
}

#[test]
fn a_file_that_has_shrunk_ends_the_connection() {
    // Few bytes are read, and many sent by the kernel.
    for length in [1000, 1_000_000] {
        let file = Temporary::new("shrunk", &pattern(length));
        let path = file.0.clone();
        let host = Host::new(async move |_: &mut Request| {
            let file = Rc::new(yibu::fs::File::open(&path).await.unwrap());
            respond(Body::parts(vec![Part::File {
                file,
                range: 0..2 * length as u64,
            }]))
        });
        let mut client = host.connect();
        client.send(GET);
        // Reset: what was sent may or may not arrive, but never the length that was promised.
        let mut received = Vec::new();
        let _ = io::Read::read_to_end(&mut client.socket, &mut received);
        assert!(received.len() < 2 * length);
        assert!(host.reported().contains("shrunk"));
    }
}

/// Gives its pieces, and waits in between.
struct Pieces {
    pieces: std::vec::IntoIter<&'static str>,
    fails: bool,
}

impl Pieces {
    fn new(pieces: &[&'static str]) -> Self {
        Pieces {
            pieces: Vec::from(pieces).into_iter(),
            fails: false,
        }
    }
}

impl BodySource for Pieces {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        yibu::yield_now().await;
        match self.pieces.next() {
            None if self.fails => Err(io::Error::other("on purpose")),
            Some("panic") => panic!("at a piece"),
            piece => Ok(piece.map(|piece| Bytes::from_static(piece.as_bytes()))),
        }
    }

    fn trailers(&mut self) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("1"));
        trailers.insert("content-length", HeaderValue::from_static("7"));
        trailers
    }
}

#[test]
fn a_stream_goes_out_in_chunks_with_trailers() {
    let host = Host::new(async |_: &mut Request| {
        respond(Body::stream(Pieces::new(&["one ", "", "two ", "three"])))
    });
    let mut client = host.connect();
    for _ in 0..2 {
        let answer = client.ask(GET);
        assert_eq!(
            (answer.text(), &*answer.trailers),
            ("one two three", "x-sum: 1\r\n")
        );
        assert_eq!(
            (answer.header("content-length"), answer.header("connection")),
            (None, None)
        );
        assert_eq!(host.logged().bytes, 13);
    }
    client.send(format!("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
    assert_eq!(
        client.answer_to("HEAD").header("transfer-encoding"),
        Some("chunked")
    );
    assert_eq!(client.answer().text(), "one two three");
}

#[test]
fn a_stream_to_http_10_ends_with_the_connection() {
    let host =
        Host::new(async |_: &mut Request| respond(Body::stream(Pieces::new(&["one ", "two"]))));
    let mut client = host.connect();
    let answer = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(
        (answer.text(), answer.header("transfer-encoding")),
        ("one two", None)
    );
    assert_eq!(answer.header("connection"), Some("close"));
}

#[test]
fn a_stream_that_fails_is_cut_off_so_that_the_client_can_tell() {
    let host = Host::new(async |request: &mut Request| {
        let mut source = Pieces::new(&["one"]);
        match request.path() {
            "/fail" => source.fails = true,
            _ => source.pieces = vec!["one", "panic"].into_iter(),
        }
        respond(Body::stream(source))
    });
    for (path, why) in [("/fail", "on purpose"), ("/panic", "at a piece")] {
        for version in ["1.0", "1.1"] {
            let mut client = host.connect();
            client.send(format!("GET {path} HTTP/{version}\r\nHost: a\r\n\r\n"));
            let report = host.reported();
            assert!(report.contains(why) && report.contains(path), "{report}");
            let mut received = Vec::new();
            let end = io::Read::read_to_end(&mut client.socket, &mut received);
            let is_reset = end.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
            assert!(
                is_reset,
                "in HTTP/1.0 an orderly end would look like the body's"
            );
            assert!(!received.ends_with(b"0\r\n\r\n"));
        }
    }
}
