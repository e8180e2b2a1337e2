//! A file's bytes to a socket without passing through the program: `sendfile`, by which the kernel hands the page cache's pages on.
//!
//! The loop calls it itself, on a socket that does not wait, so the file must not make it wait either: the kernel would read from the disk in
//! the middle of the call, and knows no flag against that. So it is asked first whether the bytes are in memory:
//!
//! ```text
//!   is_in_memory --> true --> send --> Ok(count)            the socket has them
//!                                  --> Err(AGAIN)           the socket is full
//!                                  --> Err(of the stream)   see `is_of_the_socket`
//!                                  --> Err(else)            not with this file: read it
//!                --> false                                  not in memory, no file, refused: read it
//! ```
//!
//! The question is a read that may not wait (`RWF_NOWAIT`, since Linux 4.14) of the first and the last byte and some between. `cachestat` would tell of each page, but only
//! to who may write to the file. What was dropped from memory between those is read from the disk while the loop waits; that is
//! rare, since neighbours are read ahead and dropped together.
//!
//! `sendfile` knows no `MSG_NOSIGNAL`. Where `SIGPIPE` would end the process (Rust's runtime ignores it, another language's may not), it is not used.
//!
//! The socket must not wait either, and there is no flag for one call: all sockets of a loop are `O_NONBLOCK`. Who shares a socket with a stream
//! (`TcpStream::from_std` of a clone) and clears that lets the loop wait here.
//!
//! Nothing here outlives its call, so no invariant of the driver's is concerned. Tests: below, and `tests/send_file.rs`.

use std::os::fd::BorrowedFd;
use std::sync::OnceLock;

use rustix::io::{Errno, ReadWriteFlags};

/// How far apart the bytes are that are asked about: what lies between two is read ahead, and dropped from memory, together with one of them, most times.
const STEP: usize = 256 << 10;

/// Whether the kernel could send this range without waiting for a disk.
pub(super) fn is_in_memory(file: BorrowedFd<'_>, offset: u64, len: usize) -> bool {
    let Some(last) = len.checked_sub(1) else {
        return false;
    };
    // The last first: it is the one that is missing most often.
    is_usable()
        && [last]
            .into_iter()
            .chain((0..last).step_by(STEP))
            .all(|at| has_byte(file, offset.saturating_add(at as u64)))
}

/// Has the kernel send from the file; less than asked for if the socket is full or the file ends.
pub(super) fn send(
    socket: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    mut offset: u64,
    len: usize,
) -> Result<usize, Errno> {
    loop {
        match rustix::fs::sendfile(socket, file, Some(&mut offset), len) {
            Err(Errno::INTR) => {}
            sent => return sent,
        }
    }
}

/// Whether an error of [`send`] says that the stream is broken. All others may be about the file, and whoever reads it will be told.
pub(super) fn is_of_the_socket(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::PIPE
            | Errno::CONNRESET
            | Errno::CONNABORTED
            | Errno::NOTCONN
            | Errno::TIMEDOUT
            | Errno::HOSTUNREACH
            | Errno::NETUNREACH
            | Errno::NETDOWN
            | Errno::NETRESET
    )
}

fn has_byte(file: BorrowedFd<'_>, at: u64) -> bool {
    let mut byte = [0];
    let mut room = [std::io::IoSliceMut::new(&mut byte)];
    // What the kernel takes for a negative offset is the descriptor's own place.
    i64::try_from(at).is_ok()
        && rustix::io::preadv2(file, &mut room, at, ReadWriteFlags::NOWAIT) == Ok(1)
}

/// Whether a broken stream is an error and not the process's end; found out once.
fn is_usable() -> bool {
    static USABLE: OnceLock<bool> = OnceLock::new();
    *USABLE.get_or_init(|| {
        // SAFETY: zeros are a `sigaction`; without a new action the call only writes the old one.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(libc::SIGPIPE, std::ptr::null(), &mut action) == 0
                && action.sa_sigaction != libc::SIG_DFL
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;

    use super::*;

    fn pair() -> (std::net::TcpStream, std::net::TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap().0;
        server.set_nonblocking(true).unwrap();
        (client, server)
    }

    /// A file of 100,000 bytes, all of them on the disk, so that they can be dropped from memory.
    fn file(name: &str) -> std::fs::File {
        let name = format!("yibu-sendfile-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, vec![7; 100_000]).unwrap();
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        std::fs::remove_file(path).unwrap();
        file.sync_all().unwrap();
        file
    }

    #[test]
    fn only_what_is_in_memory_is_sent() {
        let file = file("memory");
        // To have it in memory; where the file system knows no `RWF_NOWAIT` nothing is, which is right as well.
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut vec![0; 100_000], 0).unwrap();
        if !is_in_memory(file.as_fd(), 0, 1) {
            eprintln!("this file system never tells");
            return;
        }
        assert!(is_in_memory(file.as_fd(), 0, 100_000));
        assert!(!is_in_memory(file.as_fd(), 0, 100_001), "past the end");
        assert!(!is_in_memory(file.as_fd(), 0, 0));
        assert!(!is_in_memory(file.as_fd(), u64::MAX, 2), "no such place");
        assert!(!is_in_memory(file.as_fd(), u64::MAX, 1));
        let (mut client, server) = pair();
        let sent = send(server.as_fd(), file.as_fd(), 99_000, 100_000).unwrap();
        assert_eq!(sent, 1000, "to the end and no further");
        let mut got = vec![0; 1000];
        client.read_exact(&mut got).unwrap();
        assert_eq!(got, [7; 1000]);
        assert_eq!(send(server.as_fd(), file.as_fd(), 100_000, 10), Ok(0));
    }

    #[test]
    fn a_full_socket_and_a_broken_one_are_told_apart() {
        assert!(is_usable(), "Rust's runtime ignores SIGPIPE");
        let file = file("full");
        let (client, server) = pair();
        let full = loop {
            match send(server.as_fd(), file.as_fd(), 0, 100_000) {
                Ok(count) => assert!(count > 0),
                Err(errno) => break errno,
            }
        };
        assert_eq!(full, Errno::AGAIN);
        assert!(!is_of_the_socket(full));
        drop(client);
        let broken = loop {
            match send(server.as_fd(), file.as_fd(), 0, 100_000) {
                Err(Errno::AGAIN) => std::thread::yield_now(),
                Err(errno) => break errno,
                Ok(_) => {}
            }
        };
        assert!(is_of_the_socket(broken), "{broken}");
        let (_client, server) = pair();
        let null = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/null")
            .unwrap();
        let refused = send(server.as_fd(), null.as_fd(), 0, 1).unwrap_err();
        assert!(!is_of_the_socket(refused), "{refused}");
    }
}
