//! Attempts to get what is not beneath the directory, or to hang the server on what is.
#![forbid(unsafe_code)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use common::Serving;
use rustix::fs::{CWD, FileType, Mode, mknodat};

/// `secret` and `outside/` beside the served `root/`.
fn grounds() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir_all(place.path().join("outside")).unwrap();
    fs::write(place.path().join("secret"), "SECRET").unwrap();
    fs::write(place.path().join("outside/secret"), "SECRET").unwrap();
    fs::write(root.join("a"), "public").unwrap();
    fs::write(root.join("sub/b"), "public").unwrap();
    fs::write(root.join(".hidden"), "public").unwrap();
    place
}

#[test]
fn no_path_leads_out() {
    let place = grounds();
    let serving = Serving::start(&place.path().join("root"), &["--listing"]);
    let secret = place.path().join("secret");
    let absolute = secret.to_str().unwrap();
    let encoded = absolute.replace('/', "%2f");
    let paths = [
        "/../secret",
        "/sub/../../secret",
        "/./../secret",
        "/%2e%2e/secret",
        "/%2E./secret",
        "/.%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/sub/..%2f..%2fsecret",
        "/..%5csecret",
        "/..\\secret",
        "/%252e%252e/secret",
        "/..%00/secret",
        "/a%00",
        "/a%00.html",
        "/%00",
        "/..;/secret",
        "/%c0%ae%c0%ae/secret",
        "/%uff0e%uff0e/secret",
        "/...//secret",
        "/..",
        "/../",
        "/sub/../a",
        "/%",
        "/%4",
        "/%zz",
        "//../secret",
        "/.././secret",
        "/sub/%2e%2e/%2e%2e/secret",
    ];
    for path in paths.into_iter().map(str::to_owned).chain([
        format!("/{absolute}"),
        format!("/{encoded}"),
        encoded,
    ]) {
        let answer = serving.get(&path, &[]);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.text().contains("SECRET"), "{path}");
    }
    assert_eq!(serving.get("/a", &[]).text(), "public");
    assert_eq!(serving.get("//sub///b", &[]).text(), "public");
    assert_eq!(serving.get("/%61", &[]).text(), "public");
}

/// Bytes that are no valid request at all get an answer or a close, and the server goes on.
#[test]
fn raw_bytes_do_no_harm() {
    let place = grounds();
    let serving = Serving::start(&place.path().join("root"), &[]);
    for target in [
        &b"../secret"[..],
        b"/\0",
        b"/a\0",
        b"/\xff\xfe",
        b"",
        b"*",
        b"secret",
        b"http://test/../secret",
        b"/a b",
    ] {
        let request = [
            b"GET ",
            target,
            b" HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
        ]
        .concat();
        let answer = serving.exchange(&request);
        assert!(
            matches!(answer.status, 400 | 404),
            "{:?}: {}",
            String::from_utf8_lossy(target),
            answer.status
        );
    }
    assert_eq!(serving.get("/a", &[]).text(), "public");
}

fn plant_links(place: &std::path::Path) {
    let root = place.join("root");
    symlink("a", root.join("inside")).unwrap();
    symlink("sub", root.join("inside-directory")).unwrap();
    symlink("../a", root.join("sub/up-and-inside")).unwrap();
    symlink("../secret", root.join("outside")).unwrap();
    symlink("../outside", root.join("outside-directory")).unwrap();
    symlink(place.join("secret"), root.join("absolute")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    symlink("/proc/self/root", root.join("magic")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
}

#[test]
fn links_stay_inside() {
    let place = grounds();
    plant_links(place.path());
    let serving = Serving::start(&place.path().join("root"), &["--listing"]);
    for path in ["/inside", "/inside-directory/b", "/sub/up-and-inside"] {
        let answer = serving.get(path, &[]);
        assert_eq!((answer.status, answer.text()), (200, "public"), "{path}");
    }
    for path in [
        "/outside",
        "/outside-directory/",
        "/outside-directory/secret",
        "/absolute",
        "/etc/passwd",
        "/magic/etc/passwd",
        "/loop",
    ] {
        let answer = serving.get(path, &[]);
        assert_eq!(answer.status, 403, "{path}");
        assert!(
            !answer.text().contains("SECRET") && !answer.text().contains("root:"),
            "{path}"
        );
    }
    assert_eq!(serving.get("/dangling", &[]).status, 404);
}

#[test]
fn links_lead_out_when_asked_to() {
    let place = grounds();
    plant_links(place.path());
    let serving = Serving::start(&place.path().join("root"), &["--follow-symlinks"]);
    for path in ["/outside", "/outside-directory/secret", "/absolute"] {
        let answer = serving.get(path, &[]);
        assert_eq!((answer.status, answer.text()), (200, "SECRET"), "{path}");
    }
    assert_eq!(serving.get("/inside", &[]).text(), "public");
    assert_eq!(serving.get("/loop", &[]).status, 403);
    for path in ["/../secret", "/%2e%2e/secret", "/..%2fsecret"] {
        assert!(matches!(serving.get(path, &[]).status, 400 | 404), "{path}");
    }
}

/// Opening a pipe waits for a writer, unless one takes care.
#[test]
fn pipes_sockets_and_devices_are_refused_at_once() {
    let place = grounds();
    let root = place.path().join("root");
    mknodat(
        CWD,
        root.join("pipe"),
        FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .unwrap();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    symlink("/dev/zero", root.join("zero")).unwrap();
    let serving = Serving::start(&root, &["--follow-symlinks", "--loops", "1"]);
    for path in ["/pipe", "/socket", "/zero"] {
        assert_eq!(serving.get(path, &[]).status, 403, "{path}");
    }
    assert_eq!(serving.get("/pipe/", &[]).status, 404);
    assert_eq!(serving.get("/a", &[]).text(), "public");
}

#[test]
fn hidden_files_are_served_but_not_listed() {
    let place = grounds();
    let serving = Serving::start(&place.path().join("root"), &["--listing"]);
    assert_eq!(serving.get("/.hidden", &[]).text(), "public");
    assert!(!serving.get("/", &[]).text().contains(".hidden"));
}

/// The place of a redirect is relative and begins with `./`: no name can turn it into another server's.
#[test]
fn redirects_do_not_lead_away() {
    let place = grounds();
    for name in ["evil.example", "\\evil.example", "javascript:alert(1)"] {
        fs::create_dir_all(place.path().join("root").join(name)).unwrap();
    }
    let serving = Serving::start(&place.path().join("root"), &[]);
    for (path, expected) in [
        ("/sub", "./sub/"),
        ("/sub?a=b&c", "./sub/?a=b&c"),
        ("//evil.example", "./evil.example/"),
        ("///evil.example?//x", "./evil.example/?//x"),
        ("/\\evil.example", "./%5Cevil.example/"),
        ("/%5Cevil.example", "./%5Cevil.example/"),
        ("/javascript%3Aalert%281%29", "./javascript%3Aalert%281%29/"),
    ] {
        let answer = serving.get(path, &[]);
        assert_eq!(
            (answer.status, answer.header("location")),
            (301, Some(expected)),
            "{path}"
        );
    }
}
