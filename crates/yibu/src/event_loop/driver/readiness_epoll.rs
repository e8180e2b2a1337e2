//! Readiness by epoll: one system call a wait.

#![forbid(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;

use super::Event;

pub(in crate::event_loop::driver) const NAME: &str = "epoll";
const EVENTS: usize = 256;

pub(in crate::event_loop::driver) struct Readiness {
    epoll: OwnedFd,
    events: Box<[MaybeUninit<epoll::Event>; EVENTS]>,
}

impl Readiness {
    pub(in crate::event_loop::driver) fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        Ok(Self {
            epoll,
            events: Box::new([const { MaybeUninit::uninit() }; EVENTS]),
        })
    }

    /// Watches for everything, edge-triggered, until the descriptor is closed.
    pub(in crate::event_loop::driver) fn watch(
        &self,
        fd: BorrowedFd<'_>,
        data: u64,
    ) -> Result<(), Errno> {
        let all =
            EventFlags::IN | EventFlags::PRI | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        self.add(fd, data, all)
    }

    /// Watches for one event.
    pub(in crate::event_loop::driver) fn watch_once(
        &self,
        fd: BorrowedFd<'_>,
        data: u64,
        readable: bool,
        writable: bool,
    ) -> Result<(), Errno> {
        let mut events = EventFlags::ONESHOT;
        events.set(EventFlags::IN | EventFlags::RDHUP, readable);
        events.set(EventFlags::OUT, writable);
        self.add(fd, data, events)
    }

    fn add(&self, fd: BorrowedFd<'_>, data: u64, events: EventFlags) -> Result<(), Errno> {
        match epoll::add(&self.epoll, fd, EventData::new_u64(data), events) {
            // Watching ends with the open file, not with its number: somebody shares the file, and the number came round again.
            Err(Errno::EXIST) => epoll::modify(&self.epoll, fd, EventData::new_u64(data), events),
            added => added,
        }
    }

    pub(in crate::event_loop::driver) fn forget(&self, fd: BorrowedFd<'_>) {
        // A descriptor that is not watched any more is what is wanted.
        let _ = epoll::delete(&self.epoll, fd);
    }

    pub(in crate::event_loop::driver) fn wait(
        &mut self,
        timeout: Option<Duration>,
        sink: &mut impl FnMut(Event),
    ) -> io::Result<()> {
        let timeout = timeout.and_then(|limit| Timespec::try_from(limit).ok());
        let (events, _) = match epoll::wait(&self.epoll, &mut self.events[..], timeout.as_ref()) {
            Err(Errno::INTR) => return Ok(()),
            waited => waited?,
        };
        for event in events {
            let flags = event.flags;
            // Urgent data makes a read short, too.
            let hung_up = flags.intersects(
                EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR | EventFlags::PRI,
            );
            sink(Event {
                data: event.data.u64(),
                readable: hung_up || flags.contains(EventFlags::IN),
                writable: flags.intersects(EventFlags::OUT | EventFlags::HUP | EventFlags::ERR),
                hung_up,
            });
        }
        Ok(())
    }
}
