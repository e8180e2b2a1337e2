//! Who waits, in order of arrival, each in a place that keeps until its future takes it up.
#![forbid(unsafe_code)]

use slab::Slab;

const NONE: usize = usize::MAX;

/// A line of waiters.
///
/// ```text
///   join -> waiting -> called (served or sent away) -> leave
///              \------------------------------------> leave (cancelled)
/// ```
pub(super) struct Line<W> {
    places: Slab<Place<W>>,
    first: usize,
    last: usize,
    waiting: usize,
}

struct Place<W> {
    who: W,
    before: usize,
    after: usize,
    is_waiting: bool,
}

/// A place in a [`Line`]. One future has it, and gives it up by [`Line::leave`].
#[derive(Debug)]
pub struct Key(usize);

impl<W> Line<W> {
    pub(super) const fn new() -> Self {
        Self {
            places: Slab::new(),
            first: NONE,
            last: NONE,
            waiting: 0,
        }
    }

    /// How many wait.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Waits, behind all others.
    #[inline(always)]
    pub(super) fn join(&mut self, who: W) -> Key {
        let place = Place {
            who,
            before: self.last,
            after: NONE,
            is_waiting: true,
        };
        let key = self.places.insert(place);
        match self.places.get_mut(self.last) {
            Some(last) => last.after = key,
            None => self.first = key,
        }
        self.last = key;
        self.waiting += 1;
        Key(key)
    }

    /// The one who waits longest; it waits on.
    #[inline]
    pub(super) fn front(&mut self) -> Option<&mut W> {
        self.places.get_mut(self.first).map(|place| &mut place.who)
    }

    /// The one who waits longest; it waits no longer.
    #[inline]
    pub(super) fn call(&mut self) -> Option<&mut W> {
        let key = self.first;
        let place = self.places.get_mut(key)?;
        place.is_waiting = false;
        self.first = place.after;
        self.waiting -= 1;
        match self.places.get_mut(self.first) {
            Some(first) => first.before = NONE,
            None => self.last = NONE,
        }
        self.places.get_mut(key).map(|place| &mut place.who)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: &Key) -> &mut W {
        &mut self.places[key.0].who
    }

    /// Gives the place up, if it was called.
    #[inline]
    pub(super) fn leave_called(&mut self, key: &Key) -> Option<W> {
        if self.places[key.0].is_waiting {
            return None;
        }
        Some(self.places.remove(key.0).who)
    }

    /// Gives the place up, waiting or not.
    #[inline]
    pub(super) fn leave(&mut self, key: Key) -> W {
        if self.places[key.0].is_waiting {
            self.unlink(key.0);
        }
        self.places.remove(key.0).who
    }

    #[inline]
    fn unlink(&mut self, key: usize) {
        let place = &mut self.places[key];
        place.is_waiting = false;
        let (before, after) = (place.before, place.after);
        match self.places.get_mut(before) {
            Some(place) => place.after = after,
            None => self.first = after,
        }
        match self.places.get_mut(after) {
            Some(place) => place.before = before,
            None => self.last = before,
        }
        self.waiting -= 1;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Line;

    #[test]
    fn called_in_order_of_arrival_whoever_leaves() {
        let mut line = Line::new();
        let mut keys: Vec<_> = (0..6).map(|who| Some(line.join(who))).collect();
        for gone in [2, 0, 5] {
            assert_eq!(line.leave(keys[gone].take().unwrap()), gone);
        }
        assert_eq!(line.waiting(), 3);
        assert_eq!(line.front(), Some(&mut 1));
        assert_eq!(line.call(), Some(&mut 1));
        keys.push(Some(line.join(6)));
        assert_eq!(*line.get_mut(keys[1].as_ref().unwrap()), 1);
        assert_eq!(line.leave(keys[1].take().unwrap()), 1);
        let rest: Vec<usize> = std::iter::from_fn(|| line.call().copied()).collect();
        assert_eq!(rest, [3, 4, 6]);
        assert!(line.is_empty() && line.front().is_none());
    }
}
