//! Who waits for what of the system.
#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::wait::{AnyFuture, Sent};
use super::wakes::Wakes;
use crate::event_loop::Interest;

#[derive(Default)]
pub(super) struct Waiting {
    sleepers: BinaryHeap<Reverse<(Instant, usize)>>,
    descriptors: Vec<(usize, OwnedFd, Interest)>,
    futures: HashMap<usize, Woken>,
    /// Whose futures are to be polled.
    woken: VecDeque<usize>,
    /// Who wakes them; made with the first.
    wakes: Option<Arc<Wakes>>,
}

/// A future, whose it is, and what wakes it.
pub(super) struct Woken {
    pub(super) id: usize,
    future: AnyFuture,
    waker: Waker,
}

impl Woken {
    /// Its value, if it is ready.
    pub(super) fn poll(&mut self) -> Option<Sent> {
        let mut context = Context::from_waker(&self.waker);
        match self.future.as_mut().poll(&mut context) {
            Poll::Ready(sent) => Some(sent),
            Poll::Pending => None,
        }
    }
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.sleepers.is_empty() && self.descriptors.is_empty() && self.futures.is_empty()
    }

    pub(super) fn add_sleeper(&mut self, id: usize, until: Instant) {
        self.sleepers.push(Reverse((until, id)));
    }

    pub(super) fn add_descriptor(&mut self, id: usize, fd: OwnedFd, interest: Interest) {
        self.descriptors.push((id, fd, interest));
    }

    /// Adds a future, to be polled before anybody sleeps.
    pub(super) fn add_future(&mut self, id: usize, future: AnyFuture) -> io::Result<()> {
        let wakes = match &mut self.wakes {
            Some(wakes) => wakes,
            none => none.insert(Wakes::new()?),
        };
        let waker = wakes.waker(id);
        self.futures.insert(id, Woken { id, future, waker });
        self.woken.push_back(id);
        Ok(())
    }

    /// The next future that is to be polled.
    pub(super) fn next_woken(&mut self) -> Option<Woken> {
        loop {
            let id = self.woken.pop_front()?;
            // A waker may be called late.
            if let Some(woken) = self.futures.remove(&id) {
                return Some(woken);
            }
        }
    }

    /// Waits on with a future that is not ready.
    pub(super) fn put_back(&mut self, woken: Woken) {
        self.futures.insert(woken.id, woken);
    }

    /// Takes what has come, and tells who can go on. If nothing has, it sleeps until then, unless a future is to be polled or there is something else to do.
    pub(super) fn take(
        &mut self,
        at_once: bool,
        mut ready: impl FnMut(usize, Sent),
    ) -> io::Result<()> {
        let events = self.poll(at_once)?;
        let mut events = events.into_iter();
        if let Some(wakes) = &self.wakes {
            events.next_back();
            self.woken.extend(wakes.take()?);
        }
        self.descriptors.retain(|(id, ..)| {
            let is_ready = events.next().is_some_and(|events| !events.is_empty());
            if is_ready {
                ready(*id, Sent::nothing());
            }
            !is_ready
        });
        let now = Instant::now();
        while let Some(Reverse((until, _))) = self.sleepers.peek()
            && *until <= now
        {
            let Reverse((_, id)) = self.sleepers.pop().expect("it was there");
            ready(id, Sent::nothing());
        }
        Ok(())
    }

    /// Waits for the first of descriptors, wakes and time, and tells what came of the descriptors, the one of the wakes last.
    fn poll(&self, at_once: bool) -> io::Result<Vec<PollFlags>> {
        let mut fds = Vec::with_capacity(self.descriptors.len() + 1);
        for (_, fd, interest) in &self.descriptors {
            let flag = |bit, is_set: bool| if is_set { bit } else { PollFlags::empty() };
            let flags = flag(PollFlags::IN, interest.is_readable())
                | flag(PollFlags::OUT, interest.is_writable());
            fds.push(PollFd::new(fd, flags));
        }
        if let Some(wakes) = &self.wakes {
            fds.push(PollFd::from_borrowed_fd(
                wakes.reader().as_fd(),
                PollFlags::IN,
            ));
        }
        match poll(&mut fds, self.timeout(at_once).as_ref()) {
            Ok(_) => Ok(fds.iter().map(PollFd::revents).collect()),
            Err(Errno::INTR) => Ok(vec![PollFlags::empty(); fds.len()]),
            Err(error) => Err(error.into()),
        }
    }

    /// How long nothing is to be done.
    fn timeout(&self, at_once: bool) -> Option<Timespec> {
        if at_once || !self.woken.is_empty() {
            return Some(Timespec::default());
        }
        let Reverse((until, _)) = self.sleepers.peek()?;
        let left = until.saturating_duration_since(Instant::now());
        Timespec::try_from(left).ok()
    }
}
