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
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use super::place::{Place, Replaced};

pub(super) struct Single<K, V, S> {
    /// Empty while it is lent.
    own: HashMap<K, V, S>,
    is_lent: bool,
    /// What snapshots get, unless something has changed since.
    copy: Option<Arc<HashMap<K, V, S>>>,
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
}

impl<K: Clone, V: Clone, S: Clone> Single<K, V, S> {
    /// The table as it is now.
    pub(super) fn share(&mut self) -> Arc<HashMap<K, V, S>> {
        let copy = self.copy.get_or_insert_with(|| {
            self.is_lent = !self.is_kept;
            Arc::new(match self.is_lent {
                true => take(&mut self.own),
                false => self.own.clone(),
            })
        });
        Arc::clone(copy)
    }

    /// The table, to change it.
    #[inline]
    pub(super) fn change(&mut self, replaced: &mut Replaced<K, V, S>) -> Place<'_, K, V, S> {
        if self.copy.is_some() {
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
        self.is_kept = Arc::strong_count(copy) > 1;
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
