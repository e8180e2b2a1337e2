//! What a dict's lock guards: a single hash table, or [`Shards`] once there is too much to copy at a time.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use triomphe::Arc;

use super::place::{Place, Replaced};
use super::shards::Shards;
use super::single::{Single, take};

pub(super) enum Table<K, V, S> {
    One(Single<K, V, S>),
    Many(Shards<K, V, S>),
}

impl<K, V, S> Table<K, V, S> {
    pub(super) fn new(hasher: S) -> Self {
        Table::One(Single::new(HashMap::with_hasher(hasher)))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Table::One(single) => single.table().len(),
            Table::Many(shards) => shards.len(),
        }
    }

    pub(super) fn hasher(&self) -> &S {
        match self {
            Table::One(single) => single.table().hasher(),
            Table::Many(shards) => shards.hasher(),
        }
    }

    /// The table in which a key is, if it is there.
    #[inline]
    pub(super) fn table<Q: Hash + ?Sized>(&self, key: &Q) -> &HashMap<K, V, S> {
        match self {
            Table::One(single) => single.table(),
            Table::Many(shards) => shards.table(key),
        }
    }
}

impl<K: Clone, V: Clone, S: Clone> Table<K, V, S> {
    /// The entries as they are now.
    pub(super) fn share(&mut self) -> Shards<K, V, S> {
        match self {
            Table::One(single) => Shards::one(single.share()),
            Table::Many(shards) => shards.clone(),
        }
    }

    /// The entries as they are now, for somebody who means to change them.
    pub(super) fn copy(&self) -> Shards<K, V, S> {
        match self {
            Table::One(single) => Shards::one(Arc::new(single.table().clone())),
            Table::Many(shards) => shards.clone(),
        }
    }

    pub(super) fn of(shards: Shards<K, V, S>) -> Self {
        match shards.into_one() {
            Ok(table) => Table::One(Single::new(Arc::unwrap_or_clone(table))),
            Err(shards) => Table::Many(shards),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Table<K, V, S> {
    /// [`table`](Self::table), to change it.
    #[inline]
    pub(super) fn place<Q: Hash + ?Sized>(
        &mut self,
        key: &Q,
        replaced: &mut Replaced<K, V, S>,
    ) -> Place<'_, K, V, S> {
        match self {
            Table::One(single) => single.change(replaced),
            Table::Many(shards) => shards.place(key, replaced),
        }
    }

    /// [`place`](Self::place), where another entry may be added.
    #[inline]
    pub(super) fn room(&mut self, key: &K, replaced: &mut Replaced<K, V, S>) -> Place<'_, K, V, S> {
        if let Table::One(single) = self
            && single.table().len() >= Shards::<K, V, S>::ONE
        {
            let (table, _) = single.change(replaced);
            let table = Arc::new(take(table));
            *self = Table::Many(Shards::one(table));
        }
        match self {
            Table::One(single) => single.change(replaced),
            Table::Many(shards) => shards.room(key, replaced),
        }
    }

    /// [`room`](Self::room), if it is at hand: in a single table that changes without more ado.
    #[inline]
    pub(super) fn quick(&mut self) -> Option<Place<'_, K, V, S>> {
        match self {
            Table::One(single) => single.quick(Shards::<K, V, S>::ONE),
            Table::Many(_) => None,
        }
    }

    /// Takes any entry out.
    pub(super) fn pop(&mut self, replaced: &mut Replaced<K, V, S>) -> Option<(K, V)> {
        match self {
            Table::One(single) => {
                let (table, len) = single.change(replaced);
                let popped = table.extract_if(|_, _| true).next()?;
                *len -= 1;
                Some(popped)
            }
            Table::Many(shards) => shards.pop(replaced),
        }
    }
}
