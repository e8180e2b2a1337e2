//! At the limit of descriptors. Alone in its process, since the limit is the process's.
#![forbid(unsafe_code)]

mod common;

use std::fs::File;
use std::net::TcpStream;
use std::time::Duration;

use common::{Client, Host};
use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use yibu_http::{Request, Response};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}

#[test]
fn the_server_says_so_once_does_not_spin_and_goes_on_when_one_is_free() {
    // First of all: an accept that waits in a ring keeps the limit that it was submitted under.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(64);
    setrlimit(Resource::Nofile, limit).unwrap();
    let host = Host::new(async |_: &mut Request| Response::text("hello"));
    let mut first = host.connect();
    assert_eq!(first.ask(GET).text(), "hello");
    // Both ends of a connection are in this process: with an odd number of free descriptors a client takes the last one,
    // and the server finds none.
    let mut files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    let kept = files.split_off(files.len() / 2 * 2 - 1);
    drop(files);
    let mut clients = Vec::new();
    while let Ok(socket) = TcpStream::connect(host.address) {
        clients.push(Client::of(socket));
        assert!(clients.len() < 64);
    }
    let report = host.reported();
    assert!(report.contains("cannot accept"), "{report}");

    let before = cpu_time();
    let window = Duration::from_millis(500);
    host.reports_nothing(window);
    assert!(cpu_time() - before < window / 4, "it spins");
    assert_eq!(first.ask(GET).text(), "hello", "the others are served on");

    // As some end, those that have waited longest are accepted.
    while !clients.is_empty() {
        let mut client = clients.remove(0);
        drop(clients.pop());
        assert_eq!(client.ask(GET).text(), "hello");
    }
    drop(kept);
}
