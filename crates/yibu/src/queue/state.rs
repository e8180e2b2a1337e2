//! The machine behind every queue: who waits, who is served with what, when it ends. One thread at a time drives it.
//!
//! ```text
//!   a get:  waiting --- an item is put ---> served (the item lies in its place) --- polled ---> ready
//!              \------- shut down --------> ended                                   dropped --> the item goes back to the front
//!   a put:  waiting (with its item) --- room ---> taken --- polled or dropped ---> done
//!              \----------------------- shut down ---> ended (its item goes back to the caller)
//!   the queue:  open ---> draining ---> ended
//!                  \--------------------^
//! ```
//!
//! Whoever makes something possible also does it: an item put goes into the hands of the get that has waited longest, and a slot freed takes the item of the put that has waited longest.
//! So among those who wait nobody is overtaken, and when the machine rests, items and waiting gets are never there together, nor room and waiting puts
//! ([`State::settle`]).
//!
//! It calls nobody: wakers to call and items to drop are handed to the caller in [`After`]. Where items are kept is a [`Store`]'s business.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem::replace;
use std::task::{Poll, Waker};

use super::after::{After, Wake};
use super::core::Putting;
use super::errors::{TaskDoneError, TryGetError, TryPutError};
use super::waiters::{Key, Line};

/// How a queue is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shutdown {
    /// Puts fail from now on; gets take what is left, and then fail. Python's `shutdown()`.
    Drain,
    /// Puts and gets fail from now on, and what is left is dropped. Python's `shutdown(immediate=True)`.
    Immediate,
}

/// Where items are kept, how many there may be, and how many there were.
pub(super) trait Store<T> {
    /// Takes the item, if there is room.
    fn put(&mut self, item: T) -> Result<(), T>;
    /// The next item.
    fn get(&mut self) -> Option<T>;
    /// Appends up to `most` items.
    fn get_many(&mut self, items: &mut Vec<T>, most: usize);
    /// Takes the item back even where there is no room, and as if it had not been got; or cannot. `turn` counts the items that were given to waiting gets.
    fn give_back(&mut self, item: T, turn: u64) -> Result<(), T>;
    /// Counts an item that goes from hand to hand, if nothing is kept before it.
    fn hand_over(&mut self) -> bool;
    /// No put will come.
    fn close(&mut self);
    fn len(&self) -> usize;
    fn puts(&self) -> u64;
    fn gets(&self) -> u64;
    fn peak(&self) -> usize;
}

enum Getter<T, W> {
    Waiting(W),
    /// With an item, and which it is of those that were served.
    Served(T, u64),
    Ended,
}

enum Putter<T, W> {
    Waiting(W, T),
    Taken,
    Ended(T),
}

enum Joiner<W> {
    Waiting(W),
    Done,
}

/// What there is to think of beside the items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Concern {
    Nothing,
    /// Only that gets wait.
    Getters,
    /// Only that puts wait.
    Putters,
    More,
}

pub(super) struct State<T, W = Waker> {
    getters: Line<Getter<T, W>>,
    putters: Line<Putter<T, W>>,
    joiners: Line<Joiner<W>>,
    /// Items that gets gave back, where the store could not take them, with their turns, by which they are in order; they are next.
    returned: VecDeque<(u64, T)>,
    /// How many items were given to waiting gets.
    turns: u64,
    /// How many puts have been reported done.
    done: u64,
    shutdown: Option<Shutdown>,
}

impl<T, W: Wake> State<T, W> {
    pub(super) const fn new() -> Self {
        Self {
            getters: Line::new(),
            putters: Line::new(),
            joiners: Line::new(),
            returned: VecDeque::new(),
            turns: 0,
            done: 0,
            shutdown: None,
        }
    }

    pub(super) fn shutdown_state(&self) -> Option<Shutdown> {
        self.shutdown
    }

    /// What there is to think of beside the items.
    #[inline(always)]
    pub(super) fn concern(&self) -> Concern {
        if self.shutdown.is_some() || !self.returned.is_empty() {
            return Concern::More;
        }
        match (self.getters.is_empty(), self.putters.is_empty()) {
            (true, true) => Concern::Nothing,
            (false, true) => Concern::Getters,
            (true, false) => Concern::Putters,
            (false, false) => Concern::More,
        }
    }

    #[inline]
    pub(super) fn waiting_getters(&self) -> usize {
        self.getters.waiting()
    }

    #[inline]
    pub(super) fn waiting_putters(&self) -> usize {
        self.putters.waiting()
    }

    pub(super) fn waiting_joiners(&self) -> usize {
        self.joiners.waiting()
    }

    pub(super) fn returned(&self) -> usize {
        self.returned.len()
    }

    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// Puts, if that needs no waiting.
    #[inline]
    pub(super) fn try_put(
        &mut self,
        store: &mut impl Store<T>,
        mut item: T,
        after: &mut After<T, W>,
    ) -> Result<(), TryPutError<T>> {
        if self.shutdown.is_some() {
            return Err(TryPutError::Shutdown(item));
        }
        if !self.putters.is_empty() {
            self.settle(store, after);
        }
        if self.putters.is_empty() {
            if !self.getters.is_empty() && store.hand_over() {
                after.wake(self.serve_next(item));
                return Ok(());
            }
            match store.put(item) {
                Ok(()) => {
                    if !self.getters.is_empty() {
                        self.settle(store, after);
                    }
                    return Ok(());
                }
                Err(back) => item = back,
            }
        }
        Err(TryPutError::Full(item))
    }

    /// Takes the next item, if that needs no waiting.
    #[inline]
    pub(super) fn try_get(
        &mut self,
        store: &mut impl Store<T>,
        after: &mut After<T, W>,
    ) -> Result<T, TryGetError> {
        if !self.getters.is_empty() {
            self.settle(store, after);
        }
        // Those who wait come first.
        if self.getters.is_empty()
            && let Some(item) = self.take(store, after)
        {
            if !self.putters.is_empty() {
                self.admit(store, after);
            }
            return Ok(item);
        }
        match self.shutdown {
            Some(_) => Err(TryGetError::Shutdown),
            None => Err(TryGetError::Empty),
        }
    }

    /// Takes up to `most` items, as far as that needs no waiting.
    pub(super) fn try_get_many(
        &mut self,
        store: &mut impl Store<T>,
        items: &mut Vec<T>,
        most: usize,
        after: &mut After<T, W>,
    ) -> Result<usize, TryGetError> {
        let before = items.len();
        let mut missing = most;
        while missing > 0 {
            match self.try_get(store, after) {
                Ok(item) => items.push(item),
                Err(_) if items.len() > before => break,
                Err(error) => return Err(error),
            }
            if self.returned.is_empty() {
                store.get_many(items, most - (items.len() - before));
                self.settle(store, after);
            }
            missing = most - (items.len() - before);
        }
        Ok(items.len() - before)
    }

    /// The item that has waited longest to be got, from wherever it is.
    #[inline]
    fn take(&mut self, store: &mut impl Store<T>, after: &mut After<T, W>) -> Option<T> {
        if let Some((_, item)) = self.returned.pop_front() {
            return Some(item);
        }
        if let Some(item) = store.get() {
            return Some(item);
        }
        if self.putters.is_empty() || !store.hand_over() {
            return None;
        }
        let (item, waker) = self.take_next()?;
        after.wake(waker);
        Some(item)
    }

    /// Gives the item to the get that has waited longest, and tells whom to wake. There is one.
    #[inline]
    pub(super) fn serve_next(&mut self, item: T) -> W {
        self.turns += 1;
        self.serve(item, self.turns)
    }

    #[inline]
    fn serve(&mut self, item: T, turn: u64) -> W {
        let getter = self.getters.call().expect("somebody waits");
        match replace(getter, Getter::Served(item, turn)) {
            Getter::Waiting(waker) => waker,
            _ => unreachable!("a get that is in line waits"),
        }
    }

    /// Takes the item of the put that has waited longest, and tells whom to wake.
    #[inline]
    pub(super) fn take_next(&mut self) -> Option<(T, W)> {
        match replace(self.putters.call()?, Putter::Taken) {
            Putter::Waiting(waker, item) => Some((item, waker)),
            _ => unreachable!("a put that is in line waits"),
        }
    }

    /// Waits for an item, behind all others.
    #[inline]
    pub(super) fn wait_to_get(&mut self, waker: W) -> Key {
        self.getters.join(Getter::Waiting(waker))
    }

    /// Waits for room, behind all others.
    #[inline]
    pub(super) fn wait_to_put(&mut self, waker: W, item: T) -> Key {
        self.putters.join(Putter::Waiting(waker, item))
    }

    /// Does all that has become possible: moves waiting puts' items in, and items to waiting gets.
    pub(super) fn settle(&mut self, store: &mut impl Store<T>, after: &mut After<T, W>) {
        loop {
            self.admit(store, after);
            if self.getters.is_empty() {
                return;
            }
            let Some(item) = self.take(store, after) else {
                return;
            };
            after.wake(self.serve_next(item));
        }
    }

    /// Moves waiting puts' items in, as far as there is room.
    #[inline]
    fn admit(&mut self, store: &mut impl Store<T>, after: &mut After<T, W>) {
        while let Some(putter) = self.putters.front() {
            let Putter::Waiting(waker, item) = replace(putter, Putter::Taken) else {
                unreachable!("a put that is in line waits");
            };
            if let Err(item) = store.put(item) {
                *self.putters.front().expect("it still waits") = Putter::Waiting(waker, item);
                return;
            }
            self.putters.call();
            after.wake(waker);
        }
    }

    /// Puts the item, or waits with it. `waker` is a clone made before the lock was taken.
    pub(super) fn poll_put(
        &mut self,
        store: &mut impl Store<T>,
        put: &mut Putting<T>,
        waker: W,
        after: &mut After<T, W>,
    ) -> Poll<()> {
        if let Putting::Waits(place) = put
            && let Putter::Waiting(old, _) = self.putters.get_mut(place)
        {
            after.forget(renew(old, waker));
            return Poll::Pending;
        }
        if let Some(item) = put.take() {
            match self.try_put(store, item, after) {
                Ok(()) => {}
                Err(TryPutError::Shutdown(item)) => *put = Putting::Holds(item),
                Err(TryPutError::Full(item)) => {
                    *put = Putting::Waits(self.wait_to_put(waker, item));
                    return Poll::Pending;
                }
            }
        } else {
            self.collect_put(put);
        }
        after.forget(waker);
        Poll::Ready(())
    }

    /// Ends a put, and tells what it has not put.
    pub(super) fn cancel_put(&mut self, key: Key, after: &mut After<T, W>) -> Option<T> {
        match self.putters.leave(key) {
            Putter::Taken => None,
            Putter::Ended(item) => Some(item),
            Putter::Waiting(waker, item) => {
                after.forget(waker);
                Some(item)
            }
        }
    }

    /// Takes the next item, or waits for it: [`poll_put`](Self::poll_put).
    pub(super) fn poll_get(
        &mut self,
        store: &mut impl Store<T>,
        key: &mut Option<Key>,
        waker: W,
        after: &mut After<T, W>,
    ) -> Poll<Option<T>> {
        if let Some(place) = key
            && let Getter::Waiting(old) = self.getters.get_mut(place)
        {
            after.forget(renew(old, waker));
            return Poll::Pending;
        }
        let got = match self.collect_get(key) {
            Some(got) => got,
            None => match self.try_get(store, after) {
                Err(TryGetError::Empty) => {
                    *key = Some(self.wait_to_get(waker));
                    return Poll::Pending;
                }
                got => got.ok(),
            },
        };
        after.forget(waker);
        Poll::Ready(got)
    }

    /// Takes up what became of a put in line, if something did; tells whether.
    #[inline]
    pub(super) fn collect_put(&mut self, put: &mut Putting<T>) -> bool {
        let Putting::Waits(key) = put else {
            return false;
        };
        let Some(putter) = self.putters.leave_called(key) else {
            return false;
        };
        *put = match putter {
            Putter::Ended(item) => Putting::Holds(item),
            _ => Putting::Done,
        };
        true
    }

    /// Takes up what became of a get in line, if something did: an item, or the end.
    #[inline]
    pub(super) fn collect_get(&mut self, key: &mut Option<Key>) -> Option<Option<T>> {
        let getter = self.getters.leave_called(key.as_ref()?)?;
        *key = None;
        match getter {
            Getter::Served(item, _) => Some(Some(item)),
            _ => Some(None),
        }
    }

    /// Ends a get, and tells what it was served.
    pub(super) fn cancel_get(
        &mut self,
        key: &mut Option<Key>,
        after: &mut After<T, W>,
    ) -> Option<T> {
        self.leave_get(key, after).map(|(item, _)| item)
    }

    /// Ends a get that is not ready, whatever it was served.
    pub(super) fn drop_get(
        &mut self,
        store: &mut impl Store<T>,
        key: &mut Option<Key>,
        after: &mut After<T, W>,
    ) {
        if let Some((item, turn)) = self.leave_get(key, after) {
            self.give_back(store, item, turn, after);
        }
    }

    fn leave_get(&mut self, key: &mut Option<Key>, after: &mut After<T, W>) -> Option<(T, u64)> {
        match self.getters.leave(key.take()?) {
            Getter::Served(item, turn) => Some((item, turn)),
            Getter::Ended => None,
            Getter::Waiting(waker) => {
                after.forget(waker);
                None
            }
        }
    }

    /// Takes an item back that was just got and that its getter will not see.
    pub(super) fn give_back_next(
        &mut self,
        store: &mut impl Store<T>,
        item: T,
        after: &mut After<T, W>,
    ) {
        self.turns += 1;
        self.give_back(store, item, self.turns, after);
    }

    /// Takes an item back that a get was served and nobody has seen: among those that were given back it is in the order in which they were served.
    fn give_back(
        &mut self,
        store: &mut impl Store<T>,
        item: T,
        turn: u64,
        after: &mut After<T, W>,
    ) {
        if self.shutdown == Some(Shutdown::Immediate) {
            // It would have been dropped, had it been in the queue.
            after.items().push(item);
            self.count_done(store, 1, after);
        } else if !self.getters.is_empty() {
            after.wake(self.serve(item, turn));
        } else if let Err(item) = store.give_back(item, turn) {
            let place = self.returned.partition_point(|(before, _)| *before < turn);
            self.returned.insert(place, (turn, item));
        }
    }

    /// Ends the queue, or its end.
    pub(super) fn shut_down(
        &mut self,
        store: &mut impl Store<T>,
        how: Shutdown,
        after: &mut After<T, W>,
    ) {
        if self.shutdown >= Some(how) {
            return;
        }
        let is_first = self.shutdown.replace(how).is_none();
        if is_first {
            store.close();
            while let Some(putter) = self.putters.call() {
                if let Putter::Waiting(waker, item) = replace(putter, Putter::Taken) {
                    *putter = Putter::Ended(item);
                    after.wake(waker);
                }
            }
            // What was put before the end goes to those who wait for it; the rest of them wait in vain.
            self.settle(store, after);
            while let Some(getter) = self.getters.call() {
                if let Getter::Waiting(waker) = replace(getter, Getter::Ended) {
                    after.wake(waker);
                }
            }
        }
        if how == Shutdown::Immediate {
            let items = after.items();
            let before = items.len();
            items.extend(self.returned.drain(..).map(|(_, item)| item));
            store.get_many(items, usize::MAX);
            let dropped = items.len() - before;
            self.count_done(store, dropped as u64, after);
        }
    }

    /// Counts one item as done with.
    pub(super) fn task_done(
        &mut self,
        store: &impl Store<T>,
        after: &mut After<T, W>,
    ) -> Result<(), TaskDoneError> {
        if self.done >= store.puts() {
            return Err(TaskDoneError);
        }
        self.count_done(store, 1, after);
        Ok(())
    }

    fn count_done(&mut self, store: &impl Store<T>, count: u64, after: &mut After<T, W>) {
        self.done = store.puts().min(self.done + count);
        if self.done < store.puts() {
            return;
        }
        while let Some(joiner) = self.joiners.call() {
            if let Joiner::Waiting(waker) = replace(joiner, Joiner::Done) {
                after.wake(waker);
            }
        }
    }

    /// Waits until every item that was put has been reported done.
    pub(super) fn poll_join(
        &mut self,
        store: &impl Store<T>,
        key: &mut Option<Key>,
        waker: W,
        after: &mut After<T, W>,
    ) -> Poll<()> {
        if let Some(place) = key
            && let Joiner::Waiting(old) = self.joiners.get_mut(place)
        {
            after.forget(renew(old, waker));
            return Poll::Pending;
        }
        match key.take() {
            Some(key) => {
                self.joiners.leave(key);
            }
            None if self.done < store.puts() => {
                *key = Some(self.joiners.join(Joiner::Waiting(waker)));
                return Poll::Pending;
            }
            None => {}
        }
        after.forget(waker);
        Poll::Ready(())
    }

    pub(super) fn cancel_join(&mut self, key: Key, after: &mut After<T, W>) {
        if let Joiner::Waiting(waker) = self.joiners.leave(key) {
            after.forget(waker);
        }
    }
}

/// Waits with the new waker from now on, and returns the one that is no longer needed.
fn renew<W: Wake>(old: &mut W, new: W) -> W {
    if old.is_like(&new) {
        return new;
    }
    replace(old, new)
}
