//! The command itself: what it says, what it refuses, how it ends.

mod common;

use std::io::{BufRead, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::{Answer, Noise, PATIENCE, Serving, yibu};
use rustix::process::Signal;

/// Runs the command to its end.
fn run(arguments: &[&str]) -> Output {
    yibu().args(arguments).output().unwrap()
}

/// Runs it and expects it to fail with one line; gives the line.
fn failure(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
    assert!(
        output.stdout.is_empty(),
        "{arguments:?}: {:?}",
        output.stdout
    );
    assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    assert!(errors.starts_with("yibu: "), "{arguments:?}: {errors}");
    errors
}

#[test]
fn help_shows_every_option_and_examples() {
    let output = run(&["serve", "--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "DIR",
        "--bind",
        "--port",
        "--loops",
        "--listing",
        "--log",
        "--driver",
        "--follow-symlinks",
        "Examples:",
        "Ctrl-C",
    ] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    assert!(
        String::from_utf8(run(&["--help"]).stdout)
            .unwrap()
            .contains("serve")
    );
    assert!(
        String::from_utf8(run(&["--version"]).stdout)
            .unwrap()
            .starts_with("yibu 0.")
    );
}

#[test]
fn wrong_arguments_are_refused() {
    for arguments in [
        &[][..],
        &["no-such-command"],
        &["serve", "--port", "70000"],
        &["serve", "--loops", "0"],
        &["serve", "--driver", "magic"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_is_no_directory_is_one_line() {
    let place = tempfile::tempdir().unwrap();
    let missing = place.path().join("missing");
    let line = failure(&["serve", missing.to_str().unwrap(), "--port", "0"]);
    assert!(
        line.contains("missing: there is no such directory"),
        "{line}"
    );
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let line = failure(&["serve", file.to_str().unwrap(), "--port", "0"]);
    assert!(line.contains("file: it is not a directory"), "{line}");
}

#[test]
fn a_busy_port_is_one_line() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let line = failure(&["serve", "--port", &port]);
    assert!(
        line.contains(&format!("127.0.0.1:{port}: the port is in use")),
        "{line}"
    );
}

#[test]
fn a_foreign_address_is_one_line() {
    let line = failure(&["serve", "--bind", "192.0.2.1", "--port", "0"]);
    assert!(line.contains("this machine has no such address"), "{line}");
}

#[test]
fn the_driver_can_be_chosen() {
    let place = tempfile::tempdir().unwrap();
    let mut command = yibu();
    command
        .env("YIBU_DRIVER", "uring")
        .arg("serve")
        .arg(place.path())
        .args(["--port", "0", "--driver", "poll", "--loops", "2"]);
    let serving = Serving::spawn(command);
    assert!(
        serving.banner.contains("2 loops") && !serving.banner.contains("io_uring"),
        "{}",
        serving.banner
    );
    assert_eq!(serving.get("/", &[]).status, 403);
}

/// Has the kernel refuse rings, as the seccomp profiles of containers do.
fn without_rings(command: &mut Command) {
    const IO_URING_SETUP: u32 = 425; // on every architecture
    let step = |code: u32, jt, jf, k| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0), // the call's number
        step(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            0,
            1,
            IO_URING_SETUP,
        ),
        step(
            libc::BPF_RET | libc::BPF_K,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
        ),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let install = move || {
        let program = libc::sock_fprog {
            len: program.len() as u16,
            filter: program.as_ptr().cast_mut(),
        };
        // SAFETY: both calls are plain system calls; the program outlives them, and the kernel copies it.
        let refused = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
                || libc::prctl(
                    libc::PR_SET_SECCOMP,
                    libc::SECCOMP_MODE_FILTER,
                    &raw const program,
                ) != 0
        };
        if refused {
            Err(std::io::Error::last_os_error())
        } else {
            Ok(())
        }
    };
    // SAFETY: the closure runs between fork and exec, and neither allocates nor takes a lock.
    unsafe { command.pre_exec(install) };
}

#[test]
fn a_refused_ring_falls_back_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let mut command = yibu();
    without_rings(&mut command);
    command
        .env_remove("YIBU_DRIVER")
        .arg("serve")
        .arg(place.path())
        .args(["--port", "0"]);
    let mut serving = Serving::spawn(command);
    assert!(serving.banner.contains("(epoll, "), "{}", serving.banner);
    let mut line = String::new();
    serving.stderr.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("yibu: using epoll, since io_uring is refused")
            && line.contains("seccomp"),
        "{line}"
    );
    assert_eq!(serving.get("/", &[]).status, 403);
}

#[test]
fn a_refused_ring_that_was_asked_for_is_one_line() {
    let mut command = yibu();
    without_rings(&mut command);
    let output = command
        .args(["serve", "--port", "0", "--driver", "uring"])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), errors.lines().count()),
        (Some(1), 1),
        "{errors}"
    );
    assert!(
        output.stdout.is_empty()
            && errors.contains("io_uring is refused")
            && errors.contains("seccomp"),
        "{errors}"
    );
}

#[test]
fn an_unknown_driver_in_the_environment_is_one_line() {
    let output = yibu()
        .env("YIBU_DRIVER", "magic")
        .args(["serve", "--port", "0"])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), errors.lines().count()),
        (Some(1), 1),
        "{errors}"
    );
    assert!(errors.contains("must be `uring` or `poll`"), "{errors}");
}

#[test]
fn every_loop_answers() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a"), "text").unwrap();
    let serving = Serving::start(place.path(), &["--loops", "3"]);
    for _ in 0..60 {
        assert_eq!(serving.get("/a", &[]).text(), "text"); // the kernel spreads connections over the listeners
    }
}

#[test]
fn sigterm_and_ctrl_c_end_it_in_peace() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = tempfile::tempdir().unwrap();
        let mut serving = Serving::start(place.path(), &["--loops", "2"]);
        let _idle = serving.connect();
        serving.signal(signal);
        assert_eq!(serving.wait().code(), Some(0));
    }
}

/// A tree with one file larger than all buffers on the way, and a client that has begun to read it.
fn begun_download(
    arguments: &[&str],
) -> (
    tempfile::TempDir,
    Vec<u8>,
    Serving,
    std::net::TcpStream,
    Answer,
) {
    let place = tempfile::tempdir().unwrap();
    let bytes = Noise::new(7).bytes(64 << 20);
    std::fs::write(place.path().join("large"), &bytes).unwrap();
    let serving = Serving::start(place.path(), arguments);
    let mut client = serving.connect();
    client
        .write_all(b"GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
        .unwrap();
    let answer = Answer::read_head(&mut client);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), Some("67108864"));
    (place, bytes, serving, client, answer)
}

#[test]
fn a_download_under_way_is_finished() {
    let (_place, bytes, mut serving, mut client, _) = begun_download(&[]);
    serving.signal(Signal::TERM);
    let mut line = String::new();
    serving.stderr.read_line(&mut line).unwrap();
    assert!(line.contains("finishing"), "{line}");
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert!(got == bytes, "{} bytes came", got.len());
    assert_eq!(serving.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (_place, _, mut serving, _client, _) = begun_download(&[]);
    serving.signal(Signal::TERM);
    let mut line = String::new();
    serving.stderr.read_line(&mut line).unwrap();
    serving.signal(Signal::INT);
    assert_eq!(serving.wait().code(), Some(130));
}

#[test]
fn a_file_that_shrinks_ends_the_connection() {
    let (place, bytes, serving, mut client, _) = begun_download(&[]);
    let file = std::fs::File::options()
        .write(true)
        .open(place.path().join("large"))
        .unwrap();
    file.set_len(1000).unwrap();
    let mut got = Vec::new();
    // The server may close or reset it; either way the client can tell.
    let _ = client.read_to_end(&mut got);
    assert!(
        got.len() < bytes.len() && bytes.starts_with(&got),
        "{} bytes came",
        got.len()
    );
    assert_eq!(serving.get("/large", &[]).body, &bytes[..1000]);
}

#[test]
fn the_log_is_in_the_common_format() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a"), "12345").unwrap();
    let mut serving = Serving::start(place.path(), &["--log", "--loops", "1"]);
    serving.get("/a?x=%22", &[]);
    serving.request("HEAD", "/a", &[]);
    serving.get("/\"quoted\\", &[]);
    serving.get("/a", &["Range: bytes=1-2"]);
    serving.exchange(b"nonsense\r\n\r\n");
    serving.signal(Signal::TERM);
    assert_eq!(serving.wait().code(), Some(0));
    let mut log = String::new();
    serving.stdout.read_to_string(&mut log).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let ends = [
        r#" +0000] "GET /a?x=%22 HTTP/1.1" 200 5"#,
        r#" +0000] "HEAD /a HTTP/1.1" 200 0"#,
        r#" +0000] "GET /\x22quoted\x5C HTTP/1.1" 404 "#,
        r#" +0000] "GET /a HTTP/1.1" 206 2"#,
        r#" +0000] "-" 400 "#,
    ];
    assert_eq!(lines.len(), ends.len(), "{log}");
    for (line, end) in lines.iter().zip(ends) {
        assert!(
            line.starts_with("127.0.0.1 - - [") && line.contains(end),
            "{line}"
        );
    }
}

#[test]
fn closed_outputs_do_not_matter() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a"), "12345").unwrap();
    let mut serving = Serving::start(place.path(), &["--log"]);
    serving.close_outputs();
    for _ in 0..3 {
        assert_eq!(serving.get("/a", &[]).text(), "12345");
    }
    serving.signal(Signal::TERM);
    assert_eq!(serving.wait().code(), Some(0));
}

#[test]
fn a_log_that_nobody_reads_holds_nothing_up() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a"), "12345").unwrap();
    let mut serving = Serving::start(place.path(), &["--log", "--loops", "1"]);
    let long = format!("/a?{}", "x".repeat(4000));
    for _ in 0..100 {
        assert_eq!(serving.get(&long, &[]).text(), "12345"); // together more than a pipe holds
    }
    serving.signal(Signal::TERM);
    assert_eq!(serving.wait().code(), Some(0));
}

/// At the limit of descriptors, with nobody behind standard error.
#[test]
fn a_report_that_nobody_reads_does_not_end_it() {
    const DESCRIPTORS: u64 = 40;
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a"), "12345").unwrap();
    let mut command = yibu();
    command
        .arg("serve")
        .arg(place.path())
        .args(["--port", "0", "--loops", "1"]);
    let lower = || {
        let limit = libc::rlimit {
            rlim_cur: DESCRIPTORS,
            rlim_max: DESCRIPTORS,
        };
        // SAFETY: a plain system call, which only reads the limit.
        match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    };
    // SAFETY: the closure runs between fork and exec, and neither allocates nor takes a lock.
    unsafe { command.pre_exec(lower) };
    let mut serving = Serving::spawn(command);
    serving.close_outputs();
    let mut clients: Vec<_> = (0..DESCRIPTORS).map(|_| serving.connect()).collect();
    // The last one is in the kernel's queue, since there is no descriptor for it.
    let mut last = clients.pop().unwrap();
    last.write_all(b"GET /a HTTP/1.1\r\nHost: test\r\n\r\n")
        .unwrap();
    last.set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let end = loop {
        match last.read(&mut [0]).unwrap_err() {
            // By a signal, such as when the machine is halted for a while.
            error if error.kind() == ErrorKind::Interrupted => (),
            error => break error,
        }
    };
    assert_eq!(end.kind(), ErrorKind::WouldBlock);
    last.set_read_timeout(Some(PATIENCE)).unwrap();
    drop(clients);
    // As long as not all of the others are closed, there may be no descriptor for the file.
    let mut answer = Answer::read(&mut last, false);
    let began = Instant::now();
    while answer.text().starts_with("503") && began.elapsed() < PATIENCE {
        answer = serving.get("/a", &[]);
    }
    assert_eq!(answer.text(), "12345");
}
