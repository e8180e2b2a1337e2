//! The echo server and the crawler of `examples/`, each written as coroutines, as tasks and as threads: the same output on the same input.
#![forbid(unsafe_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

const WAYS: [&str; 3] = ["coroutines", "tasks", "threads"];

/// A program of `examples/` that runs, and is killed at the end.
struct Program(Child);

impl Program {
    fn start(name: &str, argument: &str) -> Self {
        let test = std::env::current_exe().unwrap();
        let mut path: PathBuf = test.parent().unwrap().parent().unwrap().into();
        path.extend(["examples", name]);
        assert!(
            path.exists(),
            "{} is not built: run cargo build -p yibu --examples first",
            path.display()
        );
        let mut command = Command::new(path);
        command.arg(argument).stdout(Stdio::piped());
        Program(command.spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg_attr(yibu_asan, ignore = "the sanitizer's step builds no examples")]
fn echo_servers_do_the_same() {
    let outputs = WAYS.map(|way| {
        let mut program = Program::start(&format!("echo_{way}"), "5");
        let mut output = BufReader::new(program.0.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on ").unwrap();
        // All are open at a time, and the first to come is the last to speak.
        let streams: Vec<_> = (0..5)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        for (number, stream) in streams.iter().enumerate().rev() {
            echoes(stream, number * 100_000);
        }
        for stream in &streams {
            stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!((&*stream).read(&mut [0]).unwrap(), 0, "{way}");
        }
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert!(program.0.wait().unwrap().success(), "{way}");
        rest
    });
    assert!(
        outputs[0].contains("client 4: 400003 bytes"),
        "{}",
        outputs[0]
    );
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
}

/// Sends so many bytes and three, and gets them back.
fn echoes(stream: &TcpStream, count: usize) {
    let bytes: Vec<u8> = (0..count + 3).map(|n| (n % 251) as u8).collect();
    thread::scope(|scope| {
        scope.spawn(|| (&*stream).write_all(&bytes).unwrap());
        let mut back = vec![0; bytes.len()];
        (&*stream).read_exact(&mut back).unwrap();
        assert!(back == bytes, "the bytes came back changed");
    });
}

#[test]
#[cfg_attr(yibu_asan, ignore = "the sanitizer's step builds no examples")]
fn crawlers_find_the_same() {
    let site = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = site.local_addr().unwrap().to_string();
    // It ends with the test's process.
    thread::spawn(move || {
        for stream in site.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    let outputs = WAYS.map(|way| {
        let mut program = Program::start(&format!("crawler_{way}"), &address);
        let mut output = String::new();
        let mut from = program.0.stdout.take().unwrap();
        from.read_to_string(&mut output).unwrap();
        assert!(program.0.wait().unwrap().success(), "{way}");
        output
    });
    // The pages 0 to 49, the first also as "/", and one that is not there.
    assert!(outputs[0].contains("52 pages"), "{}", outputs[0]);
    assert!(outputs[0].contains("404"), "{}", outputs[0]);
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
}

/// Answers a request: page n links to the pages 2n and 2n + 1, and to one that is not there.
fn answer(mut stream: TcpStream) {
    let mut line = String::new();
    let mut request = BufReader::new(&stream);
    request.read_line(&mut line).unwrap();
    while request
        .read_line(&mut String::new())
        .is_ok_and(|count| count > 2)
    {}
    let path = line.split(' ').nth(1).unwrap_or_default();
    let number = match path {
        "/" => Ok(0),
        path => path.trim_start_matches("/page/").parse::<usize>(),
    };
    let text = match number {
        Ok(number @ 0..50) => {
            let link = |to: usize| format!("<a href=\"/page/{to}\">{to}</a>");
            let body = [link(2 * number % 50), link((2 * number + 1) % 50)].concat();
            let filler = "x".repeat(number * 1_000);
            format!("HTTP/1.0 200 OK\r\n\r\n{body}<a href=\"/none\">{filler}")
        }
        _ => "HTTP/1.0 404 Not Found\r\n\r\nnothing here".to_owned(),
    };
    let _ = stream.write_all(text.as_bytes());
}
