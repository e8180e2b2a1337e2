//! Readiness by the `polling` crate: kqueue and its like. Untested on those systems; on Linux it is tried with `--cfg yibu_portable`,
//! which all of `tests/` pass.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use polling::{Event as Polled, Events, PollMode, Poller};
use rustix::io::Errno;

use super::Event;

pub(in crate::event_loop::driver) const NAME: &str = "polling";

pub(in crate::event_loop::driver) struct Readiness {
    poller: Poller,
    events: Events,
}

impl Readiness {
    pub(in crate::event_loop::driver) fn new() -> io::Result<Self> {
        Ok(Self {
            poller: Poller::new()?,
            events: Events::new(),
        })
    }

    /// Watches for everything, edge-triggered, until the descriptor is closed.
    pub(in crate::event_loop::driver) fn watch(
        &self,
        fd: BorrowedFd<'_>,
        data: u64,
    ) -> Result<(), Errno> {
        self.add(fd, Polled::all(data as usize), PollMode::Edge)
    }

    /// Watches for one event.
    pub(in crate::event_loop::driver) fn watch_once(
        &self,
        fd: BorrowedFd<'_>,
        data: u64,
        readable: bool,
        writable: bool,
    ) -> Result<(), Errno> {
        self.add(
            fd,
            Polled::new(data as usize, readable, writable),
            PollMode::Oneshot,
        )
    }

    pub(in crate::event_loop::driver) fn forget(&self, fd: BorrowedFd<'_>) {
        // A descriptor that is not watched any more is what is wanted.
        let _ = self.poller.delete(fd);
    }

    pub(in crate::event_loop::driver) fn wait(
        &mut self,
        timeout: Option<Duration>,
        sink: &mut impl FnMut(Event),
    ) -> io::Result<()> {
        self.events.clear();
        match self.poller.wait(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            waited => waited?,
        };
        for event in self.events.iter() {
            let broken = event.is_interrupt() || event.is_err().unwrap_or(false);
            sink(Event {
                data: event.key as u64,
                readable: event.readable || broken,
                writable: event.writable || broken,
                // Where the system does not tell, one more read does.
                hung_up: true,
            });
        }
        Ok(())
    }

    fn add(&self, fd: BorrowedFd<'_>, event: Polled, mode: PollMode) -> Result<(), Errno> {
        // SAFETY: the driver forgets a descriptor, or watches no descriptor of its number, before it is closed (`Poll::close`).
        let added = unsafe { self.poller.add_with_mode(&fd, event, mode) };
        let errno = |error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
        match added.map_err(errno) {
            // Somebody shares the open file, and its number came round again; see `readiness_epoll`.
            Err(Errno::EXIST) => self.poller.modify_with_mode(fd, event, mode).map_err(errno),
            added => added,
        }
    }
}
