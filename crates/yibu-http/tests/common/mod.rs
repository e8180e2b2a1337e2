//! A server on a thread of its own, and clients that speak in bytes. Everything is bounded: a client that waits longer
//! than [`PATIENCE`] fails its test.
#![forbid(unsafe_code)]
#![allow(dead_code)] // each test file uses a part

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use yibu::net::TcpListener;
use yibu_http::http::StatusCode;
use yibu_http::{Limits, Report, Request, Response, Server, Shutdown};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A request that was logged.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) target: String,
    pub(crate) status: StatusCode,
    pub(crate) bytes: u64,
    pub(crate) has_duration: bool,
}

pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    log: Receiver<Logged>,
    reports: Receiver<String>,
    /// Told when `serve` returns.
    end: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Serves with the default limits.
    pub(crate) fn new<H>(handler: H) -> Self
    where
        H: AsyncFn(&mut Request) -> Response + Send + 'static,
    {
        Host::with_limits(Limits::default(), handler)
    }

    pub(crate) fn with_limits<H>(limits: Limits, handler: H) -> Self
    where
        H: AsyncFn(&mut Request) -> Response + Send + 'static,
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Host::on(listener, limits, handler)
    }

    /// Serves on a listener that was prepared.
    pub(crate) fn on<H>(listener: std::net::TcpListener, limits: Limits, handler: H) -> Self
    where
        H: AsyncFn(&mut Request) -> Response + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let stop = shutdown.clone();
        let (log_sender, log) = channel();
        let (report_sender, reports) = channel();
        let (end_sender, end) = channel();
        let run = async move || {
            let server = Server::from_listener(TcpListener::from_std(listener).unwrap());
            let report = move |report: &Report<'_>| drop(report_sender.send(report.to_string()));
            let server = server
                .limits(limits)
                .shutdown(stop)
                .report(report)
                .log_durations();
            let server = server.log(move |access| {
                // A test that has ended listens no more.
                let _ = log_sender.send(Logged {
                    target: access.target.to_owned(),
                    status: access.status,
                    bytes: access.bytes,
                    has_duration: access.duration.is_some(),
                });
            });
            server.serve(handler).await;
            let _ = end_sender.send(());
            assert_eq!(
                yibu::event_loop::stats().tasks,
                1,
                "serve leaves no task behind"
            );
        };
        let thread = std::thread::spawn(move || yibu::run(run()));
        Host {
            address,
            shutdown,
            log,
            reports,
            end,
            thread: Some(thread),
        }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::to(self.address)
    }

    /// The next request that was logged.
    pub(crate) fn logged(&self) -> Logged {
        self.log
            .recv_timeout(PATIENCE)
            .expect("a request is logged")
    }

    /// The next trouble that was reported.
    pub(crate) fn reported(&self) -> String {
        self.reports
            .recv_timeout(PATIENCE)
            .expect("something is reported")
    }

    /// Waits for a while, in which nothing may be reported.
    pub(crate) fn reports_nothing(&self, time: Duration) {
        assert_eq!(self.reports.recv_timeout(time).ok(), None);
    }

    /// Waits for a while, in which `serve` may not return.
    pub(crate) fn serves_on(&self, time: Duration) {
        assert_eq!(self.end.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    }

    /// Waits for `serve` to return.
    pub(crate) fn join(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shutdown.start();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the server's thread panicked");
        }
    }
}

pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    /// Received and not taken.
    received: Vec<u8>,
}

/// An answer as a client saw it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        fields
            .find(|field| field.0.eq_ignore_ascii_case(name))
            .map(|field| field.1)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Client::of(TcpStream::connect(address).unwrap())
    }

    pub(crate) fn of(socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Client {
            socket,
            received: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).unwrap();
    }

    /// Ends our side.
    pub(crate) fn finish(&mut self) {
        self.socket.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// Everything up to the end of the stream.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.received);
        self.socket.read_to_end(&mut rest).unwrap();
        rest
    }

    /// Whether the server has closed the connection, in whichever way.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.fill() {
            Ok(count) => count == 0,
            Err(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
            ),
        }
    }

    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request);
        self.answer()
    }

    /// The next answer that has a body of its own.
    pub(crate) fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    /// The next answer, which has no body if the method was `HEAD`.
    pub(crate) fn answer_to(&mut self, method: &str) -> Answer {
        let head = self.take_until(b"\r\n\r\n");
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
            trailers: String::new(),
        };
        if method == "HEAD" || matches!(status, 100..=199 | 204 | 304) {
            return answer;
        }
        if let Some(length) = answer.header("content-length") {
            answer.body = self.take(length.parse().unwrap());
        } else if answer.header("transfer-encoding").is_some() {
            self.take_chunks(&mut answer);
        } else {
            answer.body = self.rest();
        }
        answer
    }

    fn take_chunks(&mut self, answer: &mut Answer) {
        loop {
            let line = self.take_until(b"\r\n");
            let size =
                usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim_end(), 16).unwrap();
            if size == 0 {
                break;
            }
            answer.body.extend(self.take(size));
            assert_eq!(self.take(2), b"\r\n");
        }
        loop {
            let line = self.take_until(b"\r\n");
            if line == b"\r\n" {
                return;
            }
            answer
                .trailers
                .push_str(std::str::from_utf8(&line).unwrap());
        }
    }

    pub(crate) fn take_until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self
                .received
                .windows(end.len())
                .position(|window| window == end)
            {
                return self.take(at + end.len());
            }
            let count = self.fill().unwrap();
            assert!(
                count > 0,
                "the stream ended after {:?}",
                self.received.escape_ascii().to_string()
            );
        }
    }

    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        while self.received.len() < length {
            let count = self.fill().unwrap();
            assert!(
                count > 0,
                "the stream ended {} bytes early",
                length - self.received.len()
            );
        }
        let rest = self.received.split_off(length);
        std::mem::replace(&mut self.received, rest)
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 64 << 10];
        let count = loop {
            match self.socket.read(&mut buffer) {
                // A signal, such as when the machine is halted for a while, interrupts a read with a time limit.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                read => break read?,
            }
        };
        self.received.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}
