//! What the tests of the command share: the command running, and HTTP by hand.
#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)] // each test file uses a part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The command, not started yet.
pub fn yibu() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yibu"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// `yibu serve` on a free port; killed when dropped.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    /// The line that says where and how.
    pub banner: String,
    pub stdout: BufReader<ChildStdout>,
    pub stderr: BufReader<ChildStderr>,
}

impl Serving {
    /// Starts it under the driver of this test run.
    pub fn start(directory: &Path, arguments: &[&str]) -> Serving {
        let mut command = yibu();
        command
            .arg("serve")
            .arg(directory)
            .args(["--port", "0"])
            .args(arguments);
        Serving::spawn(command)
    }

    /// Starts a command that ends up serving, and waits until it says where.
    pub fn spawn(mut command: Command) -> Serving {
        let mut child = command.spawn().expect("the command starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut banner = String::new();
        stdout.read_line(&mut banner).expect("the banner is text");
        let Some(address) = banner
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next()?.parse().ok())
        else {
            let mut errors = String::new();
            let _ = stderr.read_to_string(&mut errors);
            panic!("no address in the banner {banner:?}; standard error: {errors}");
        };
        Serving {
            child,
            address,
            banner,
            stdout,
            stderr,
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes on a connection of their own and reads the one answer.
    pub fn exchange(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        Answer::read(&mut stream, request.starts_with(b"HEAD "))
    }

    /// GETs a path that is sent as it is, with these lines among the headers.
    pub fn get(&self, path: &str, headers: &[&str]) -> Answer {
        self.request("GET", path, headers)
    }

    pub fn request(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        self.exchange(request.as_bytes())
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the server is still there");
    }

    /// Waits for the end, but not for ever.
    pub fn wait(&mut self) -> ExitStatus {
        let process = pidfd_open(self.pid(), PidfdFlags::empty()).expect("the server is our child");
        let limit = Timespec::try_from(PATIENCE).unwrap();
        let ended = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&limit)).unwrap();
        assert_eq!(ended, 1, "the server does not end");
        self.child.wait().unwrap()
    }

    /// Puts an empty stream in the place of either output, so that the server's end of each is closed.
    pub fn close_outputs(&mut self) {
        let empty = || OwnedFd::from(std::io::pipe().expect("descriptors are left").0);
        self.stdout = BufReader::new(empty().into());
        self.stderr = BufReader::new(empty().into());
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed()).expect("a child is not process 0")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer with a `Content-Length`, or up to the end of the stream; less than promised is a failure.
    pub fn read(stream: &mut TcpStream, is_head: bool) -> Answer {
        let mut answer = Answer::read_head(stream);
        let has_body = !is_head && answer.status != 304 && answer.status != 204;
        match answer
            .header("content-length")
            .map(|length| length.parse::<usize>().unwrap())
        {
            _ if !has_body => {}
            Some(length) => {
                answer.body = vec![0; length];
                stream
                    .read_exact(&mut answer.body)
                    .expect("the whole body comes");
            }
            None => {
                stream
                    .read_to_end(&mut answer.body)
                    .expect("the body ends with the stream");
            }
        }
        answer
    }

    /// Reads no further than the empty line.
    pub fn read_head(stream: &mut TcpStream) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            // Unlike `read`, this goes on when a signal interrupts it, as one does when the machine is halted for a while.
            stream.read_exact(&mut byte).unwrap_or_else(|error| {
                panic!(
                    "{error} within the head {:?}",
                    String::from_utf8_lossy(&head)
                )
            });
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("the head is text");
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
            let (name, value) = line
                .split_once(": ")
                .unwrap_or_else(|| panic!("a header line {line:?}"));
            (name.to_ascii_lowercase(), value.to_owned())
        });
        Answer {
            status: status.expect("a status line"),
            headers: headers.collect(),
            body: Vec::new(),
        }
    }

    /// The value of a header; fails if there are two.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} comes twice");
        first
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("the body is text")
    }
}

/// A small, fast source of repeatable noise (xorshift64*).
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Noise {
        Noise(seed.max(1))
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }
}

/// Writes a message that shows even for a test that passes: libtest keeps only what the print macros write.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
