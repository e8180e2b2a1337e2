//! Where a change happens, and what it leaves to be dropped.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::mem;

use triomphe::Arc;

/// What a change copied, and others may have given up meanwhile: to be dropped after unlocking, since destructors may run.
pub(super) struct Replaced<K, V, S> {
    /// Most changes copy one table.
    one: Option<Arc<HashMap<K, V, S>>>,
    more: Vec<Arc<HashMap<K, V, S>>>,
}

impl<K, V, S> Replaced<K, V, S> {
    #[inline]
    pub(super) fn new() -> Self {
        Replaced {
            one: None,
            more: Vec::new(),
        }
    }

    pub(super) fn extend(&mut self, table: Option<Arc<HashMap<K, V, S>>>) {
        if mem::needs_drop::<(K, V)>()
            && let Some(table) = table
        {
            self.more.extend(self.one.replace(table));
        }
    }
}

/// A table, and the number of the entries of all, for whoever changes it.
pub(super) type Place<'a, K, V, S> = (&'a mut HashMap<K, V, S>, &'a mut usize);

/// Puts a value under a key, and returns what has no place any more: the old value, and the new key if it has a destructor.
#[inline]
pub(super) fn insert<K: Eq + Hash, V, S: BuildHasher>(
    (table, len): Place<'_, K, V, S>,
    key: K,
    value: V,
) -> Option<(Option<K>, V)> {
    // A table drops the new key at once if it has it already.
    if mem::needs_drop::<K>()
        && let Some(old) = table.get_mut(&key)
    {
        return Some((Some(key), mem::replace(old, value)));
    }
    let old = table.insert(key, value);
    if old.is_none() {
        *len += 1;
    }
    old.map(|old| (None, old))
}

/// Takes an entry out.
#[inline]
pub(super) fn remove<K: Eq + Hash + Borrow<Q>, V, S: BuildHasher, Q: Eq + Hash + ?Sized>(
    (table, len): Place<'_, K, V, S>,
    key: &Q,
) -> Option<(K, V)> {
    let removed = table.remove_entry(key);
    *len -= usize::from(removed.is_some());
    removed
}
