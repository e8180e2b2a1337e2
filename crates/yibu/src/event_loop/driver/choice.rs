//! Which driver this process uses: decided once, by trying.
//!
//! A kernel's version says little: seccomp profiles of containers, the sysctl `kernel.io_uring_disabled` and memlock limits refuse
//! rings where the version looks right. So a ring is made with the flags that are needed, and a multishot receive from provided buffers over a socket pair must
//! answer. `YIBU_DRIVER=uring` or `poll` overrides.

use std::io;
use std::sync::OnceLock;

/// The kinds of driver that a process may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    #[cfg(target_os = "linux")]
    Uring,
    Poll,
}

#[derive(Debug)]
struct Choice {
    kind: Kind,
    /// Why rings were refused, if they were wanted.
    refusal: Option<String>,
}

/// The driver for this process's loops; an error if `YIBU_DRIVER` asks for what is not to be had.
pub(crate) fn choose() -> io::Result<Kind> {
    choice().map(|choice| choice.kind)
}

/// Tries the driver that this process's loops will use, and reports why it is not to be had. [`run`](crate::run) panics with the same words;
/// a program calls this first to report them in its own way.
///
/// ```
/// yibu::event_loop::check_driver()?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// `YIBU_DRIVER` is neither `uring` nor `poll`, or it is `uring` and the kernel refuses rings; the message names the likely cause.
pub fn check_driver() -> io::Result<()> {
    choose().map(drop)
}

/// The name of the driver that this process's loops use: `"io_uring"`, `"epoll"` or, where there is neither, `"polling"`.
///
/// ```
/// assert!(["io_uring", "epoll", "polling"].contains(&yibu::event_loop::driver_name()));
/// ```
///
/// # Panics
///
/// If [`check_driver`] would report an error.
pub fn driver_name() -> &'static str {
    match choose().unwrap_or_else(|error| panic!("{error}")) {
        #[cfg(target_os = "linux")]
        Kind::Uring => "io_uring",
        Kind::Poll => super::readiness::NAME,
    }
}

/// Why this process does not use io_uring although nobody asked it not to; `None` if it does, or was told not to.
///
/// ```
/// if let Some(reason) = yibu::event_loop::fallback_reason() {
///     eprintln!("slower, since {reason}");
/// }
/// ```
pub fn fallback_reason() -> Option<String> {
    choice().ok()?.refusal.clone()
}

fn choice() -> io::Result<&'static Choice> {
    static CHOICE: OnceLock<Result<Choice, String>> = OnceLock::new();
    let choice =
        CHOICE.get_or_init(|| decide(std::env::var("YIBU_DRIVER").ok().as_deref(), ring_works));
    choice
        .as_ref()
        .map_err(|message| io::Error::new(io::ErrorKind::Unsupported, message.clone()))
}

fn decide(
    wish: Option<&str>,
    ring_works: impl Fn() -> Result<Kind, String>,
) -> Result<Choice, String> {
    match wish.filter(|wish| !wish.is_empty()) {
        None => Ok(match ring_works() {
            Ok(kind) => Choice {
                kind,
                refusal: None,
            },
            Err(refusal) => Choice {
                kind: Kind::Poll,
                refusal: Some(refusal),
            },
        }),
        Some("poll") => Ok(Choice {
            kind: Kind::Poll,
            refusal: None,
        }),
        Some("uring") => match ring_works() {
            Ok(kind) => Ok(Choice {
                kind,
                refusal: None,
            }),
            Err(refusal) => Err(format!(
                "YIBU_DRIVER=uring, but {refusal}; YIBU_DRIVER=poll works without"
            )),
        },
        Some(other) => Err(format!("YIBU_DRIVER={other}: it must be `uring` or `poll`")),
    }
}

#[cfg(not(target_os = "linux"))]
fn ring_works() -> Result<Kind, String> {
    Err("io_uring is Linux's".to_owned())
}

#[cfg(target_os = "linux")]
fn ring_works() -> Result<Kind, String> {
    self_test::run()
        .map(|()| Kind::Uring)
        .map_err(|error| self_test::likely_cause(&error))
}

#[cfg(target_os = "linux")]
mod self_test {
    use std::io::{self, Write};
    use std::os::fd::{AsFd, AsRawFd};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use crate::event_loop::driver::uring::Uring;
    use crate::event_loop::driver::{Op, Part, Token};
    use crate::event_loop::slab::Key;

    /// A multishot receive over a socket pair must bring two messages and stay armed.
    pub(super) fn run() -> io::Result<()> {
        let (mut ours, theirs) = UnixStream::pair()?;
        // As all our sockets are, since others may share them; a ring must wait all the same.
        theirs.set_nonblocking(true)?;
        let wake = rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC)?;
        let mut ring = Uring::new(wake.as_fd())?;
        let token = Token::new(
            Part::Receive,
            Key {
                index: 0,
                generation: 0,
            },
        );
        // SAFETY: a receive has no pointers, and `theirs` outlives the ring, which is dropped first.
        unsafe {
            ring.submit(
                token,
                Op::Receive {
                    fd: theirs.as_raw_fd(),
                },
            )
        };
        for message in [b"one", b"two"] {
            ours.write_all(message)?;
            let mut answer = None;
            ring.wait(Some(Duration::from_secs(1)), &mut |end| {
                answer = Some((
                    end.token == token && end.more && end.data == message,
                    end.result,
                ));
            })?;
            match answer {
                Some((true, _)) => {}
                Some((false, Err(errno))) => return Err(errno.into()),
                _ => return Err(io::Error::other("a multishot receive does not answer")),
            }
        }
        ring.cancel(token);
        for _ in 0..3 {
            if ring.drained() {
                return Ok(());
            }
            ring.wait(Some(Duration::from_secs(1)), &mut |_| {})?;
        }
        Err(io::Error::other("a multishot receive cannot be canceled"))
    }

    pub(super) fn likely_cause(error: &io::Error) -> String {
        let cause = match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => {
                "a container's seccomp profile or the sysctl kernel.io_uring_disabled forbids it: allow it there"
            }
            Some(libc::ENOSYS) => {
                "the kernel is older than 5.1, built without it, or a sandbox hides it"
            }
            Some(libc::EINVAL) => "the kernel is older than 6.1 and lacks what is needed",
            Some(libc::ENOMEM) => "the locked-memory limit is too low: raise it (ulimit -l)",
            Some(libc::EMFILE | libc::ENFILE) => {
                "no file descriptor is left: raise the limit (ulimit -n)"
            }
            _ => "the kernel's implementation does not do what is needed",
        };
        format!("io_uring is refused ({error}): {cause}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: fn() -> Result<Kind, String> =
        || Err("io_uring is refused (for a test)".to_owned());

    #[test]
    fn a_refused_ring_falls_back_and_says_why() {
        let choice = decide(None, REFUSED).unwrap();
        assert_eq!(choice.kind, Kind::Poll);
        assert!(choice.refusal.unwrap().contains("for a test"));
    }

    #[test]
    fn a_refused_ring_that_was_asked_for_is_an_error() {
        assert!(
            decide(Some("uring"), REFUSED)
                .unwrap_err()
                .contains("YIBU_DRIVER=poll works without")
        );
    }

    #[test]
    fn poll_is_taken_without_trying_a_ring() {
        let choice = decide(Some("poll"), || panic!("tried")).unwrap();
        assert_eq!((choice.kind, choice.refusal), (Kind::Poll, None));
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(
            decide(Some("kqueue"), REFUSED)
                .unwrap_err()
                .contains("must be `uring` or `poll`")
        );
    }
}
