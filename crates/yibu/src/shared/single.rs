//! The entries of a small dict: one hash table, of which a snapshot gets a copy, or which it gets itself until the next change.
//!
//! ```text
//!         share: the last one was kept                   change: the copy is given up
//!   own ────────────────────────────────> own and copy ─────────────────────────────────> own
//!
//!         share: the last one was dropped        change: taken back, or cloned if a snapshot has it
//!   own ────────────────────────────────> lent ─────────────────────────────────────────> own
//! ```
//!
//! Whoever drops a snapshot before the next change causes no copy at all. Whoever keeps it causes one, and it is better made for the snapshot than by the change: so
//! changes find their table in the processor's cache. Which of the two it will be is guessed from the last time. A change between snapshots touches no counter of references.
//!
//! While snapshots are kept, the next copy of plain data goes into the memory of the one before the last, if nobody has that any more: who works with the last snapshot until there is another
//! needs two of them in turn. So a dict may keep the memory of two copies, 32 KiB of entries each, until a snapshot finds that they are not needed. (What has a destructor is dropped instead.)
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::mem;

use triomphe::Arc;

use super::place::{Place, Replaced};

pub(super) struct Single<K, V, S> {
    /// Empty while it is lent.
    own: HashMap<K, V, S>,
    is_lent: bool,
    /// What snapshots get, unless something has changed since.
    copy: Option<Arc<HashMap<K, V, S>>>,
    /// The last two that were given up, the older one first. Plain data only: no destructor waits here.
    older: [Option<Arc<HashMap<K, V, S>>>; 2],
    /// Whether the last snapshot was still there at the next change.
    is_kept: bool,
    /// Where changes count, as they do in shards.
    counted: usize,
}

impl<K, V, S> Single<K, V, S> {
    pub(super) fn new(table: HashMap<K, V, S>) -> Self {
        Single {
            counted: table.len(),
            own: table,
            is_lent: false,
            copy: None,
            older: [None, None],
            is_kept: false,
        }
    }

    #[inline]
    pub(super) fn table(&self) -> &HashMap<K, V, S> {
        match &self.copy {
            Some(copy) if self.is_lent => copy,
            _ => &self.own,
        }
    }

    /// The table, to change it, if nothing has to be dropped and it has fewer entries than that.
    #[inline]
    pub(super) fn quick(&mut self, most: usize) -> Option<Place<'_, K, V, S>> {
        if self.copy.is_some() && !self.retire() || self.own.len() >= most {
            return None;
        }
        Some((&mut self.own, &mut self.counted))
    }

    /// Gives up a copy of plain data, and keeps its memory.
    #[inline(never)] // so that the way without a copy is short
    fn retire(&mut self) -> bool {
        match &self.copy {
            Some(copy) if !mem::needs_drop::<(K, V, S)>() && !self.is_lent => {
                self.is_kept = !copy.is_unique();
                self.older.swap(0, 1);
                self.older[1] = self.copy.take();
                true
            }
            _ => false,
        }
    }
}

impl<K: Clone, V: Clone, S: Clone> Single<K, V, S> {
    /// The table as it is now.
    pub(super) fn share(&mut self) -> Arc<HashMap<K, V, S>> {
        let Single { own, older, .. } = self;
        let copy = self.copy.get_or_insert_with(|| {
            self.is_lent = !self.is_kept;
            if self.is_lent {
                *older = [None, None];
                return Arc::new(take(own));
            }
            // If a clone panics, the half of a copy goes with it.
            match older[0].take() {
                Some(mut old) if old.is_unique() => {
                    Arc::make_mut(&mut old).clone_from(own);
                    old
                }
                _ => Arc::new(own.clone()),
            }
        });
        Arc::clone(copy)
    }

    /// The table, to change it.
    #[inline]
    pub(super) fn change(&mut self, replaced: &mut Replaced<K, V, S>) -> Place<'_, K, V, S> {
        if self.copy.is_some() && !self.retire() {
            self.part(replaced);
        }
        (&mut self.own, &mut self.counted)
    }

    /// Parts with what snapshots have.
    #[cold]
    fn part(&mut self, replaced: &mut Replaced<K, V, S>) {
        let Some(copy) = &mut self.copy else {
            return;
        };
        self.is_kept = !copy.is_unique();
        if self.is_lent {
            self.own = match Arc::get_mut(copy) {
                Some(table) => take(table),
                None => HashMap::clone(copy),
            };
            self.is_lent = false;
        }
        replaced.extend(self.copy.take());
    }
}

/// The table, for an empty one.
pub(super) fn take<K, V, S: Clone>(table: &mut HashMap<K, V, S>) -> HashMap<K, V, S> {
    let empty = HashMap::with_hasher(table.hasher().clone());
    mem::replace(table, empty)
}
