//! What comes back for what: types, conditions, ranges, precompressed siblings, directories.
#![forbid(unsafe_code)]

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use common::{Answer, Serving};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn write(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777))
        .unwrap(); // DATE
}

/// A directory with these files, served.
fn served(files: &[(&str, &[u8])], arguments: &[&str]) -> (tempfile::TempDir, Serving) {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        write(root.path(), name, bytes);
    }
    let serving = Serving::start(root.path(), arguments);
    (root, serving)
}

#[test]
fn a_file_comes_with_all_that_is_known_of_it() {
    let (_root, serving) = served(
        &[
            ("a.txt", b"0123456789"),
            ("empty.html", b""),
            ("LICENSE", b"x"),
        ],
        &[],
    );
    let answer = serving.get("/a.txt?query", &[]);
    assert_eq!((answer.status, answer.text()), (200, "0123456789"));
    for (name, value) in [
        ("content-length", "10"),
        ("content-type", "text/plain; charset=utf-8"),
        ("last-modified", DATE),
        ("accept-ranges", "bytes"),
        ("vary", "accept-encoding"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(answer.header("etag").unwrap().starts_with('"') && answer.header("date").is_some());
    let empty = serving.get("/empty.html", &["Range: bytes=0-"]);
    assert_eq!(
        (empty.status, empty.header("content-length"), empty.text()),
        (200, Some("0"), "")
    );
    assert_eq!(
        serving.get("/LICENSE", &[]).header("content-type"),
        Some("application/octet-stream")
    );
}

#[test]
fn head_says_the_same_without_the_body() {
    let (_root, serving) = served(&[("a.txt", b"0123456789")], &[]);
    let comparable = |answer: Answer| {
        answer
            .headers
            .into_iter()
            .filter(|(name, _)| name != "date")
            .collect::<Vec<_>>()
    };
    let get = serving.get("/a.txt", &[]);
    let head = serving.request("HEAD", "/a.txt", &["Range: bytes=1-2"]); // ranges are for GET
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(comparable(head), comparable(get));
    assert_eq!(serving.request("HEAD", "/missing", &[]).status, 404);
}

#[test]
fn other_methods_are_refused() {
    let (_root, serving) = served(&[("a", b"x")], &[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
        let answer = serving.request(method, "/a", &["Content-Length: 0"]);
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD")),
            "{method}"
        );
    }
}

#[test]
fn conditions_are_heeded() {
    let (root, serving) = served(&[("a", b"0123456789")], &[]);
    let tag = serving.get("/a", &[]).header("etag").unwrap().to_owned();
    let weak = format!("W/{tag}");
    let earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
    for (header, status) in [
        (format!("If-None-Match: {tag}"), 304),
        (format!("If-None-Match: \"x\", {weak}"), 304),
        ("If-None-Match: *".into(), 304),
        ("If-None-Match: \"x\"".into(), 200),
        (format!("If-None-Match: \"x\"\r\nIf-None-Match: {tag}"), 304), // two lines are one list
        (format!("If-Modified-Since: {DATE}"), 304),
        (format!("If-Modified-Since: {earlier}"), 200),
        (
            format!("If-Modified-Since: {DATE}\r\nIf-None-Match: \"x\""),
            200,
        ),
        (format!("If-Match: {tag}"), 200),
        (format!("If-Match: {weak}"), 412),
        ("If-Match: \"x\"".into(), 412),
        (format!("If-Unmodified-Since: {DATE}"), 200),
        (format!("If-Unmodified-Since: {earlier}"), 412),
        (
            format!("If-Match: {tag}\r\nIf-Unmodified-Since: {earlier}"),
            200,
        ),
    ] {
        let answer = serving.get("/a", &[&header]);
        assert_eq!(answer.status, status, "{header}");
        if status == 304 {
            assert_eq!(answer.header("etag"), Some(tag.as_str()), "{header}");
            assert_eq!(
                (answer.header("last-modified"), answer.header("vary")),
                (Some(DATE), Some("accept-encoding"))
            );
        }
    }
    write(root.path(), "a", b"9876543210X");
    let answer = serving.get("/a", &[&format!("If-None-Match: {tag}")]);
    assert_eq!((answer.status, answer.text()), (200, "9876543210X"));
    assert_ne!(answer.header("etag"), Some(tag.as_str()));
}

#[test]
fn one_range_is_a_part() {
    let (_root, serving) = served(&[("a.txt", b"0123456789")], &[]);
    let tag = serving
        .get("/a.txt", &[])
        .header("etag")
        .unwrap()
        .to_owned();
    for (headers, range, body) in [
        (vec!["Range: bytes=2-4".to_owned()], "bytes 2-4/10", "234"),
        (vec!["Range: bytes=8-".into()], "bytes 8-9/10", "89"),
        (vec!["Range: bytes=-3".into()], "bytes 7-9/10", "789"),
        (
            vec!["Range: bytes=0-99".into()],
            "bytes 0-9/10",
            "0123456789",
        ),
        (vec!["Range: bytes=0-1,2-3".into()], "bytes 0-3/10", "0123"),
        (
            vec!["Range: bytes=1-1".into(), format!("If-Range: {tag}")],
            "bytes 1-1/10",
            "1",
        ),
        (
            vec!["Range: bytes=1-1".into(), format!("If-Range: {DATE}")],
            "bytes 1-1/10",
            "1",
        ),
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = serving.get("/a.txt", &headers);
        assert_eq!(
            (answer.status, answer.header("content-range"), answer.text()),
            (206, Some(range), body),
            "{headers:?}"
        );
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
    }
    for headers in [
        &["Range: bytes=1-1", "If-Range: \"x\""][..],
        &[
            "Range: bytes=1-1",
            "If-Range: Sun, 06 Nov 1994 08:49:38 GMT",
        ],
        &["Range: lines=1-1"],
        &["Range: bytes=2-1"],
        &["Range: bytes=1-1", "Range: bytes=2-2"],
    ] {
        let answer = serving.get("/a.txt", headers);
        assert_eq!(
            (answer.status, answer.text(), answer.header("content-range")),
            (200, "0123456789", None),
            "{headers:?}"
        );
    }
    let answer = serving.get("/a.txt", &["Range: bytes=10-"]);
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (416, Some("bytes */10"))
    );
    assert_eq!(
        serving
            .get(
                "/a.txt",
                &["Range: bytes=10-", &format!("If-None-Match: {tag}")]
            )
            .status,
        304
    );
}

#[test]
fn several_ranges_are_a_multipart() {
    let bytes: Vec<u8> = (0..1000_u32).map(|at| b'a' + (at % 26) as u8).collect();
    let (_root, serving) = served(&[("a.txt", &bytes)], &[]);
    let answer = serving.get("/a.txt", &["Range: bytes=900-902, 0-3, 5000-"]);
    assert_eq!((answer.status, answer.header("content-range")), (206, None));
    let boundary = answer
        .header("content-type")
        .unwrap()
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let part = |range: &str, body: &str| {
        format!(
            "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {range}/1000\r\n\r\n{body}\r\n"
        )
    };
    let text = |from: usize, to: usize| str::from_utf8(&bytes[from..to]).unwrap();
    let expected =
        part("900-902", text(900, 903)) + &part("0-3", text(0, 4)) + &format!("--{boundary}--\r\n");
    assert_eq!(answer.text(), expected);
    let again = serving.get("/a.txt", &["Range: bytes=900-902, 0-3"]);
    assert_ne!(
        again.header("content-type"),
        answer.header("content-type"),
        "boundaries cannot be foretold"
    );
    let many: Vec<String> = (0..500).map(|at| format!("{at}-{at}")).collect();
    assert_eq!(
        serving
            .get("/a.txt", &[&format!("Range: bytes={}", many.join(","))])
            .body,
        bytes
    );
}

#[test]
fn precompressed_siblings_go_to_who_accepts_them() {
    let files: [(&str, &[u8]); 6] = [
        ("a.js", b"plain"),
        ("a.js.gz", b"GZIP"),
        ("a.js.br", b"BROTLI"),
        ("a.js.zst", b"ZSTD"),
        ("b.js", b"alone"),
        ("c.js.gz", b"orphan"),
    ];
    let (root, serving) = served(&files, &[]);
    fs::create_dir(root.path().join("b.js.gz")).unwrap();
    let mut tags = Vec::new();
    for (accepted, coding, body) in [
        ("identity", None, "plain"),
        ("gzip, deflate", Some("gzip"), "GZIP"),
        ("gzip, deflate, br, zstd", Some("br"), "BROTLI"),
        ("zstd, gzip;q=0.9", Some("zstd"), "ZSTD"),
    ] {
        let answer = serving.get("/a.js", &[&format!("Accept-Encoding: {accepted}")]);
        assert_eq!(
            (
                answer.status,
                answer.header("content-encoding"),
                answer.text()
            ),
            (200, coding, body),
            "{accepted}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        tags.push(answer.header("etag").unwrap().to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "each representation has a tag of its own");
    let gzip = "Accept-Encoding: gzip";
    let part = serving.get("/a.js", &[gzip, "Range: bytes=1-2"]);
    assert_eq!(
        (part.status, part.header("content-encoding"), part.text()),
        (206, Some("gzip"), "ZI")
    );
    let unsatisfiable = serving.get("/a.js", &[gzip, "Range: bytes=9-"]);
    assert_eq!(
        (
            unsatisfiable.status,
            unsatisfiable.header("content-encoding")
        ),
        (416, None)
    );
    assert_eq!(
        serving.get("/b.js", &[gzip]).text(),
        "alone",
        "a directory is no sibling"
    );
    assert_eq!(
        serving.get("/c.js", &[gzip]).status,
        404,
        "nothing without the file itself"
    );
    let archive = serving.get("/a.js.gz", &[]);
    assert_eq!(
        (
            archive.header("content-type"),
            archive.header("content-encoding")
        ),
        (Some("application/gzip"), None)
    );
}

#[test]
fn a_directory_is_its_index() {
    let (_root, serving) = served(
        &[
            ("index.html", b"<p>root"),
            ("d/index.html", b"<p>d"),
            ("e/x", b""),
        ],
        &[],
    );
    assert_eq!(serving.get("/", &[]).text(), "<p>root");
    let answer = serving.get("/d/", &["Range: bytes=1-1"]);
    assert_eq!((answer.status, answer.text()), (206, "p"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(serving.get("/d", &[]).header("location"), Some("./d/"));
    assert_eq!(serving.get("/e/", &[]).status, 403);
    assert_eq!(serving.get("/e/x/", &[]).status, 404);
    assert_eq!(serving.get("/e/x/y", &[]).status, 404);
    assert_eq!(serving.get("/f/", &[]).status, 404);
}

/// Every link of a listing leads to what it names, whatever the name.
#[test]
fn a_listing_links_to_everything() {
    let names = [
        "plain.txt",
        "a b",
        "异步",
        "50%",
        "q?x",
        "h#h",
        "<b>&\"'",
        "a:b",
        "back\\slash",
        "\n",
    ];
    let root = tempfile::tempdir().unwrap();
    for name in names {
        write(root.path(), name, name.as_bytes());
    }
    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\xfe");
    fs::write(root.path().join(odd), "odd").unwrap();
    write(root.path(), "d/inner", b"inner");
    let serving = Serving::start(root.path(), &["--listing"]);
    let page = serving.get("/", &[]);
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let links: Vec<&str> = page
        .text()
        .split("href=\".")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(links.len(), names.len() + 2, "{}", page.text());
    assert_eq!(links[0], "/d/");
    let mut bodies: Vec<String> = links[1..]
        .iter()
        .map(|link| serving.get(link, &[]).text().to_owned())
        .collect();
    let mut expected: Vec<String> = names
        .iter()
        .copied()
        .chain(["odd"])
        .map(str::to_owned)
        .collect();
    bodies.sort();
    expected.sort();
    assert_eq!(bodies, expected);
    let inner = serving.get("/d/", &[]);
    assert!(
        inner.text().contains("href=\"../\"") && inner.text().contains("href=\"./inner\""),
        "{}",
        inner.text()
    );
    assert_eq!(serving.request("HEAD", "/d/", &[]).status, 200);
}

/// A new file in the place of the old one is new at once, and a connection goes on after each kind of answer.
#[test]
fn one_connection_carries_them_all() {
    use std::io::Write;
    let (_root, serving) = served(&[("a", b"0123456789")], &[]);
    let mut stream = serving.connect();
    for (request, status) in [
        ("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (
            "GET /a HTTP/1.1\r\nHost: x\r\nRange: bytes=3-4\r\n\r\n",
            206,
        ),
        (
            "GET /a HTTP/1.1\r\nHost: x\r\nRange: bytes=30-\r\n\r\n",
            416,
        ),
        (
            "GET /a HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n",
            304,
        ),
        ("GET /b HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("GET /a HTTP/1.1\r\nHost: x\r\nIf-Match: \"x\"\r\n\r\n", 412),
        ("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    ] {
        stream.write_all(request.as_bytes()).unwrap();
        let answer = Answer::read(&mut stream, request.starts_with("HEAD"));
        assert_eq!(answer.status, status, "{request}");
    }
}
