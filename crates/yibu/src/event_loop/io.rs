//! All I/O of one loop: the driver, the tables of what it works for, and what is due between them.
//!
//! Streams and futures change entries of the tables and mark them dirty. Once a turn, [`Io::flush`] settles each dirty entry, that
//! is, submits what is due: so ten writes between two waits are one send. [`Io::wait`] then passes completions to the entries.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use rustix::net::Shutdown;

use super::buffers::Pool;
use super::connection::{
    self, ABORTED, CLOSING, Connection, DIRTY, RECEIVE_STOPPING, RECEIVING, SEND_STOPPING, SENDING,
};
use super::driver::{Completion, Driver, Op, Part, Token};
use super::listener::{self, Listener, PUT_OFF};
use super::operation::{Data, Entry};
use super::slab::{Key, Slab};
use super::waiting::Later;
use crate::rt::Clock;

/// How long a dropped stream may go on sending what is queued.
pub(crate) const LINGER: Duration = Duration::from_secs(10);

/// What a turn may do at once before those who do it must let others run, in units of about a microsecond.
const AT_ONCE: usize = 64;
/// Bytes that are copied in such a unit.
const BYTES: usize = 16 * 1024;

/// See the module.
pub(crate) struct Io {
    pub(crate) driver: Driver,
    pub(super) clock: Clock,
    /// What this turn did at once.
    at_once: usize,
    tables: Tables,
}

struct Tables {
    connections: Slab<Connection>,
    listeners: Slab<Listener>,
    operations: Slab<Entry>,
    dirty: Vec<Token>,
    /// Streams that were dropped with bytes still queued, by deadline.
    lingering: VecDeque<(Instant, Key)>,
    /// Listeners that wait for descriptors or memory, by when they are tried again.
    put_off: VecDeque<(Instant, Key)>,
    pool: Pool,
    later: Later,
    now: Instant,
}

impl Io {
    pub(super) fn new(driver: Driver, clock: Clock) -> Self {
        let now = clock.now();
        let tables = Tables {
            connections: Slab::new(),
            listeners: Slab::new(),
            operations: Slab::new(),
            dirty: Vec::new(),
            lingering: VecDeque::new(),
            put_off: VecDeque::new(),
            pool: Pool::default(),
            later: Later::default(),
            now,
        };
        Self {
            driver,
            clock,
            at_once: 0,
            tables,
        }
    }

    /// Counts an operation that was done at once, with what it copied. True if this turn has had its share, so that whoever did it should yield.
    pub(crate) fn was_at_once(&mut self, bytes: usize) -> bool {
        self.at_once += 1 + bytes / BYTES;
        self.at_once > AT_ONCE
    }

    /// Foreign wakers that wait to be woken; the caller runs them once nothing is borrowed.
    #[inline]
    pub(super) fn take_later(&mut self) -> Option<Later> {
        (!self.tables.later.is_empty()).then(|| std::mem::take(&mut self.tables.later))
    }

    pub(crate) fn has_files(&self) -> bool {
        self.driver.has_files()
    }

    /// What the tables hold: connections, listeners, operations.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let tables = &self.tables;
        (
            tables.connections.len(),
            tables.listeners.len(),
            tables.operations.len(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counts() == (0, 0, 0) && self.tables.dirty.is_empty()
    }

    // Connections.

    pub(crate) fn add_connection(&mut self, socket: OwnedFd) -> Key {
        self.tables
            .connections
            .insert(Connection::new(socket.into_raw_fd()))
    }

    /// The connection of a live handle.
    #[inline]
    pub(crate) fn connection(&mut self, key: Key) -> (&mut Connection, &mut Pool, &mut Later) {
        let Tables {
            connections,
            pool,
            later,
            ..
        } = &mut self.tables;
        (
            connections
                .get_mut(key)
                .expect("a stream's entry lives as long as its handles"),
            pool,
            later,
        )
    }

    /// The connection of a live handle, and the driver that works for it.
    #[cfg(target_os = "linux")]
    pub(super) fn connection_and_driver(
        &mut self,
        key: Key,
    ) -> (&mut Connection, &mut Driver, &mut Pool, &mut Later) {
        let Tables {
            connections,
            pool,
            later,
            ..
        } = &mut self.tables;
        let connection = connections
            .get_mut(key)
            .expect("a stream's entry lives as long as its handles");
        (connection, &mut self.driver, pool, later)
    }

    /// Has the connection settled at the end of the turn.
    #[inline]
    pub(crate) fn touch(&mut self, key: Key) {
        self.tables.touch(key);
    }

    /// As [`touch`](Self::touch), but only if its receiving may have to be started again.
    #[inline]
    pub(crate) fn touch_if_not_receiving(&mut self, key: Key) {
        if self
            .tables
            .connections
            .get(key)
            .is_some_and(|connection| !connection.is(RECEIVING))
        {
            self.tables.touch(key);
        }
    }

    /// One handle less; the last one closes the stream once its queue is sent.
    pub(crate) fn release_connection(&mut self, key: Key) {
        let (connection, pool, later) = self.connection(key);
        connection.handles -= 1;
        if connection.handles > 0 {
            return;
        }
        connection.start_closing(pool, later);
        let lingers = connection.queued() > 0;
        if lingers {
            let deadline = self.clock.now() + LINGER;
            self.tables.lingering.push_back((deadline, key));
        }
        self.touch(key);
    }

    /// Resets the connection.
    pub(crate) fn abort_connection(&mut self, key: Key) {
        let (connection, _, later) = self.connection(key);
        connection.abort(later);
        self.touch(key);
    }

    // Listeners.

    pub(crate) fn add_listener(&mut self, socket: OwnedFd) -> Key {
        self.tables
            .listeners
            .insert(Listener::new(socket.into_raw_fd()))
    }

    pub(crate) fn listener(&mut self, key: Key) -> (&mut Listener, &mut Later) {
        let Tables {
            listeners, later, ..
        } = &mut self.tables;
        (
            listeners
                .get_mut(key)
                .expect("a listener's entry lives as long as its handle"),
            later,
        )
    }

    pub(crate) fn touch_listener(&mut self, key: Key) {
        self.tables.touch_listener(key);
    }

    pub(crate) fn release_listener(&mut self, key: Key) {
        let (listener, later) = self.listener(key);
        listener.start_closing(later);
        self.touch_listener(key);
    }

    // Operations.

    pub(super) fn start_operation(&mut self, data: Data) -> Key {
        let key = self.tables.operations.insert(Entry::new(data));
        let op = self
            .tables
            .operations
            .get_mut(key)
            .expect("just inserted")
            .start();
        // SAFETY: **ENTRY**: the entry owns what the operation points to, and is freed after its completion.
        unsafe { self.driver.submit(Token::new(Part::Operation, key), op) };
        key
    }

    pub(super) fn operation(&mut self, key: Key) -> (&mut Entry, &mut Later) {
        let Tables {
            operations, later, ..
        } = &mut self.tables;
        (
            operations
                .get_mut(key)
                .expect("an operation's entry lives as long as its future"),
            later,
        )
    }

    pub(super) fn finish_operation(&mut self, key: Key) -> Entry {
        self.tables
            .operations
            .remove(key)
            .expect("an operation's entry lives as long as its future")
    }

    /// Nobody waits for the operation any more.
    pub(super) fn abandon_operation(&mut self, key: Key, cancel: bool) {
        let (entry, later) = self.operation(key);
        entry.abandon(later);
        if entry.result.is_some() {
            let entry = self.finish_operation(key);
            entry.data.let_go(&mut self.tables.later);
        } else if cancel {
            let fd = entry.data.fd();
            self.driver.cancel(Token::new(Part::Operation, key), fd);
        }
    }

    // Turns.

    /// Whether anything waits to be handed to the kernel.
    #[inline]
    pub(super) fn has_work(&self) -> bool {
        !self.tables.dirty.is_empty() || self.driver.has_submissions()
    }

    /// Submits all that is due.
    pub(super) fn flush(&mut self) {
        self.at_once = 0;
        // Settling may dirty again: a send that was short.
        while let Some(token) = self.tables.dirty.pop() {
            match token.part() {
                Part::Accept => self.settle_listener(token.key()),
                _ => self.settle_connection(token.key()),
            }
        }
    }

    /// When [`wait`](Self::wait) must return at the latest for what this module itself times.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let tables = &self.tables;
        let first = |queue: &VecDeque<(Instant, Key)>| queue.front().map(|(deadline, _)| *deadline);
        [first(&tables.lingering), first(&tables.put_off)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Waits for completions, at most `timeout`, and passes them on.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let Self {
            driver,
            clock,
            tables,
            ..
        } = self;
        let waited = driver.wait(timeout, &mut |completion| tables.complete(completion));
        tables.now = clock.now();
        self.expire();
        waited
    }

    #[inline]
    pub(super) fn now(&self) -> Instant {
        self.tables.now
    }

    /// Tells the time to a loop that did not wait.
    #[inline]
    pub(super) fn set_now(&mut self, now: Instant) {
        self.tables.now = now;
    }

    fn expire(&mut self) {
        let now = self.tables.now;
        while let Some((_, key)) = self
            .tables
            .lingering
            .pop_front_if(|(deadline, _)| *deadline <= now)
        {
            if self.tables.connections.get(key).is_some() {
                self.abort_connection(key);
            }
        }
        while let Some((_, key)) = self
            .tables
            .put_off
            .pop_front_if(|(deadline, _)| *deadline <= now)
        {
            self.tables.try_again(key);
        }
    }

    fn settle_connection(&mut self, key: Key) {
        use connection::Due;
        let Some(connection) = self.tables.connections.get_mut(key) else {
            return;
        };
        connection.flags &= !DIRTY;
        let fd = connection.fd;
        let (receive, send) = (Token::new(Part::Receive, key), Token::new(Part::Send, key));
        while let Some(due) = connection.due() {
            match due {
                Due::Receive => {
                    connection.flags |= RECEIVING;
                    // SAFETY: no pointers; the descriptor is closed by this function, after the receive has ended.
                    unsafe { self.driver.submit(receive, Op::Receive { fd }) };
                }
                Due::StopReceiving => {
                    connection.flags |= RECEIVE_STOPPING;
                    self.driver.cancel(receive, fd);
                }
                Due::Send => {
                    let queue = connection
                        .outbound
                        .as_mut()
                        .expect("what is due to be sent is in a queue");
                    // SAFETY: **FLIGHT**: the queue stays as it is until its send has ended.
                    let sent = unsafe { self.driver.send(send, fd, queue.prepare()) };
                    connection.flags |= SENDING;
                    if let Some(result) = sent {
                        connection.sent(
                            result,
                            false,
                            &mut self.tables.pool,
                            &mut self.tables.later,
                        );
                    }
                }
                Due::StopSending => {
                    connection.flags |= SEND_STOPPING;
                    self.driver.cancel(send, fd);
                }
                Due::SendFin => {
                    let shut = rustix::net::shutdown(super::borrow(fd), Shutdown::Write);
                    connection.fin_sent(shut, &mut self.tables.later);
                }
                Due::Close => {
                    if connection.is(ABORTED) {
                        // A failure leaves an orderly close instead of a reset.
                        let _ = rustix::net::sockopt::set_socket_linger(
                            super::borrow(fd),
                            Some(Duration::ZERO),
                        );
                    }
                    if let Some(queue) = &mut connection.outbound {
                        queue.discard(&mut self.tables.later.spent);
                    }
                    self.tables.connections.remove(key);
                    return self.close(fd);
                }
            }
        }
    }

    fn settle_listener(&mut self, key: Key) {
        use listener::Due;
        let Some(listener) = self.tables.listeners.get_mut(key) else {
            return;
        };
        listener.dirty = false;
        let (fd, token) = (listener.fd, Token::new(Part::Accept, key));
        while let Some(due) = listener.due() {
            match due {
                Due::Accept => {
                    listener.accepting = true;
                    // SAFETY: no pointers; the descriptor is closed by this function, after the accept has ended.
                    unsafe { self.driver.submit(token, Op::Accept { fd }) };
                }
                Due::StopAccepting => {
                    listener.stopping = true;
                    self.driver.cancel(token, fd);
                }
                Due::Close => {
                    self.tables.listeners.remove(key);
                    return self.close(fd);
                }
            }
        }
    }

    fn close(&mut self, fd: RawFd) {
        // SAFETY: the entry that owned the descriptor was removed, and nothing is in flight on it.
        unsafe { self.driver.submit(Token::NOBODY, Op::Close { fd }) };
        // A descriptor is free again for whoever waits for one.
        while let Some((_, key)) = self.tables.put_off.pop_front() {
            self.tables.try_again(key);
        }
    }

    /// The loop ends: everything is closed or canceled, without waiting for what is queued if `now`.
    pub(super) fn close_all(&mut self, now: bool) {
        for key in self.tables.connections.keys() {
            let (connection, pool, later) = self.connection(key);
            if !connection.is(CLOSING) {
                connection.handles = 0;
                connection.start_closing(pool, later);
            }
            if now {
                connection.abort(later);
            }
            self.touch(key);
        }
        for key in self.tables.listeners.keys() {
            self.release_listener(key);
        }
        for key in self.tables.operations.keys() {
            let cancel = now || !self.operation(key).0.data.is_write();
            self.abandon_operation(key, cancel);
        }
    }
}

impl Tables {
    #[inline]
    fn touch(&mut self, key: Key) {
        if let Some(connection) = self.connections.get_mut(key)
            && connection.flags & DIRTY == 0
        {
            connection.flags |= DIRTY;
            self.dirty.push(Token::new(Part::Receive, key));
        }
    }

    fn touch_listener(&mut self, key: Key) {
        if let Some(listener) = self.listeners.get_mut(key)
            && !std::mem::replace(&mut listener.dirty, true)
        {
            self.dirty.push(Token::new(Part::Accept, key));
        }
    }

    fn try_again(&mut self, key: Key) {
        if let Some(listener) = self.listeners.get_mut(key) {
            listener.put_off = false;
            self.touch_listener(key);
        }
    }

    fn complete(&mut self, completion: Completion<'_>) {
        let key = completion.token.key();
        match completion.token.part() {
            Part::Receive => {
                let Some(connection) = self.connections.get_mut(key) else {
                    return;
                };
                connection.received(&completion, &mut self.pool, &mut self.later);
                if connection.needs_settling() {
                    self.touch(key);
                }
            }
            Part::Send => {
                let Some(connection) = self.connections.get_mut(key) else {
                    return;
                };
                connection.sent(
                    completion.result,
                    completion.more,
                    &mut self.pool,
                    &mut self.later,
                );
                if connection.needs_settling() {
                    self.touch(key);
                }
            }
            Part::Accept => self.complete_accept(key, completion),
            Part::Operation => {
                let Some(entry) = self.operations.get_mut(key) else {
                    return;
                };
                if completion.more {
                    // A cancel that missed: the operation ends by itself.
                    return;
                }
                if entry.ended(completion.result, &mut self.later)
                    && let Some(entry) = self.operations.remove(key)
                {
                    entry.data.let_go(&mut self.later);
                }
            }
            Part::Nobody => {}
        }
    }

    fn complete_accept(&mut self, key: Key, completion: Completion<'_>) {
        // SAFETY: the kernel just made this descriptor for us; owned at once, it is closed if the listener is gone.
        let result = completion
            .result
            .map(|fd| unsafe { OwnedFd::from_raw_fd(fd as RawFd) });
        let Some(listener) = self.listeners.get_mut(key) else {
            return;
        };
        if listener.accepted(result, completion.more, &mut self.later) {
            self.put_off.push_back((self.now + PUT_OFF, key));
        }
        self.touch_listener(key);
    }
}

impl Drop for Io {
    /// If the kernel still holds memory of the tables, they are leaked.
    fn drop(&mut self) {
        if !self.driver.drained() {
            std::mem::forget(std::mem::replace(&mut self.tables.connections, Slab::new()));
            std::mem::forget(std::mem::replace(&mut self.tables.operations, Slab::new()));
        }
    }
}
