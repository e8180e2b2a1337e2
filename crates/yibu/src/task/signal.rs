//! What wakes a sleeping loop: a descriptor that its driver watches.
//!
//! On Linux an eventfd, elsewhere a pipe, in a model of loom a permit. It is never closed (see [`super::shared`]), so
//! raising it is safe at any time, from any thread; a signal that nobody waits for only makes a wait return early.
#![forbid(unsafe_code)]

#[cfg(all(not(loom), target_os = "linux"))]
pub(super) use eventfd::Signal;
#[cfg(loom)]
pub(super) use model::Signal;
#[cfg(all(not(loom), not(target_os = "linux")))]
pub(super) use pipe::Signal;

#[cfg(not(loom))]
fn explain(error: impl std::fmt::Display) -> String {
    format!(
        "an event loop needs a descriptor for its wake-up signal: {error}; is the limit on open files (ulimit -n) reached?"
    )
}

#[cfg(all(not(loom), target_os = "linux"))]
mod eventfd {
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

    use rustix::event::{EventfdFlags, eventfd};
    use rustix::io;

    pub(crate) struct Signal(OwnedFd);

    impl Signal {
        /// # Panics
        /// If the system refuses a descriptor.
        pub(crate) fn new() -> Self {
            let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
            Signal(eventfd(0, flags).unwrap_or_else(|error| panic!("{}", super::explain(error))))
        }

        /// Makes the descriptor readable. The one error there can be, a full counter, means that it is.
        pub(crate) fn raise(&self) {
            let _ = io::write(&self.0, &1u64.to_ne_bytes());
        }

        /// Makes the descriptor unreadable. The one error there can be means that it was.
        pub(crate) fn clear(&self) {
            let _ = io::read(&self.0, &mut [0; 8]);
        }

        pub(crate) fn fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

#[cfg(all(not(loom), any(test, not(target_os = "linux"))))]
#[cfg_attr(
    target_os = "linux",
    allow(dead_code, reason = "compiled for its test")
)]
mod pipe {
    use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
    use std::os::fd::{AsFd, BorrowedFd};

    use rustix::io::ioctl_fionbio;

    pub(crate) struct Signal {
        reader: PipeReader,
        writer: PipeWriter,
    }

    impl Signal {
        /// # Panics
        /// If the system refuses a pipe.
        pub(crate) fn new() -> Self {
            let made = pipe().and_then(|(reader, writer)| {
                ioctl_fionbio(&reader, true)?;
                ioctl_fionbio(&writer, true)?;
                Ok(Signal { reader, writer })
            });
            made.unwrap_or_else(|error| panic!("{}", super::explain(error)))
        }

        /// Makes the descriptor readable. The one error there can be, a full pipe, means that it is.
        pub(crate) fn raise(&self) {
            let _ = (&self.writer).write(&[1]);
        }

        /// Makes the descriptor unreadable.
        pub(crate) fn clear(&self) {
            let mut bytes = [0; 64];
            while let Ok(n) = (&self.reader).read(&mut bytes)
                && n == bytes.len()
            {}
        }

        pub(crate) fn fd(&self) -> BorrowedFd<'_> {
            self.reader.as_fd()
        }
    }
}

#[cfg(loom)]
mod model {
    use std::os::fd::BorrowedFd;

    use loom::sync::Notify;

    pub(crate) struct Signal(Notify);

    impl Signal {
        pub(crate) fn new() -> Self {
            Signal(Notify::new())
        }

        pub(crate) fn raise(&self) {
            self.0.notify();
        }

        pub(crate) fn clear(&self) {}

        /// Sleeps as a driver does: until raised.
        #[cfg(test)]
        pub(crate) fn wait(&self) {
            self.0.wait();
        }

        pub(crate) fn fd(&self) -> BorrowedFd<'_> {
            panic!("a model has no descriptors")
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::time::Timespec;
    use std::os::fd::BorrowedFd;

    fn readable(fd: BorrowedFd<'_>) -> bool {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&now)).unwrap() == 1
    }

    macro_rules! raises_and_clears {
        ($name:ident, $signal:ty) => {
            #[test]
            fn $name() {
                let signal = <$signal>::new();
                assert!(!readable(signal.fd()));
                for _ in 0..1_000 {
                    signal.raise();
                }
                assert!(readable(signal.fd()));
                signal.clear();
                assert!(!readable(signal.fd()));
                signal.clear();
            }
        };
    }

    raises_and_clears!(native, super::Signal);
    raises_and_clears!(pipe, super::pipe::Signal);
}
