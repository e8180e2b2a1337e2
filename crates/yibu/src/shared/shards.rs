//! Entries that are cheap to share: in one hash table, or in many that are found through a persistent vector.
//!
//! ```text
//!   Shards ──> one   { … }
//!          ──> many  vector   0 ──> { … }   1 ──> { … }   2 ──> { … }
//!
//!   a clone copies a pointer: O(1)
//!   a change copies what it touches and others have, too: the way through the vector and one table
//! ```
//!
//! They grow as in linear hashing (W. Litwin, "Linear hashing: a new tool for file and table addressing", 1980): one table is split at a time,
//! in order, so no insertion pays for all the entries.
//!
//! Which table is decided by a hash of this file's own, so that it has nothing to do with the place in the table. It keeps the tables even and has a random seed; who
//! breaks it makes copies long, not searches, which are the user's hash's.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::mem;

use foldhash::fast::RandomState as Seed;
use imbl::Vector;
use triomphe::Arc;

use super::place::{Place, Replaced, insert};

pub(super) struct Shards<K, V, S> {
    len: usize,
    form: Form<K, V, S>,
}

enum Form<K, V, S> {
    One(Arc<HashMap<K, V, S>>),
    /// At least one. In a box, so that a snapshot of a single table is quickly moved.
    Many(Box<(Tables<K, V, S>, Seed)>),
}

type Tables<K, V, S> = Vector<Arc<HashMap<K, V, S>>>;

impl<K, V, S> Shards<K, V, S> {
    /// How many entries a single table has before it becomes several, at most. Plain data is copied 32 KiB at a time sooner than it is looked up in several tables.
    pub(super) const ONE: usize = most::<K, V>(28 << 10, 14);
    /// How many entries each of several tables has on average, at most.
    const MANY: usize = most::<K, V>(4 << 10, 4);

    pub(super) fn one(table: Arc<HashMap<K, V, S>>) -> Self {
        Shards {
            len: table.len(),
            form: Form::One(table),
        }
    }

    pub(super) fn empty(hasher: S) -> Self {
        Self::one(Arc::new(HashMap::with_hasher(hasher)))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The table, if it is a single one.
    pub(super) fn into_one(self) -> Result<Arc<HashMap<K, V, S>>, Self> {
        match self.form {
            Form::One(table) => Ok(table),
            Form::Many(_) => Err(self),
        }
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &HashMap<K, V, S>> {
        let (one, many) = match &self.form {
            Form::One(table) => (Some(table), None),
            Form::Many(many) => (None, Some(many.0.iter())),
        };
        one.into_iter()
            .chain(many.into_iter().flatten())
            .map(|table| &**table)
    }

    pub(super) fn hasher(&self) -> &S {
        match &self.form {
            Form::One(table) => table.hasher(),
            Form::Many(many) => many.0[0].hasher(),
        }
    }

    /// The table in which a key is, if it is there.
    #[inline]
    pub(super) fn table<Q: Hash + ?Sized>(&self, key: &Q) -> &HashMap<K, V, S> {
        match &self.form {
            Form::One(table) => table,
            Form::Many(many) => one_of(many, key),
        }
    }
}

#[inline(never)] // so that the way to a single table is short
fn one_of<'a, T, Q: Hash + ?Sized>((tables, seed): &'a (Vector<Arc<T>>, Seed), key: &Q) -> &'a T {
    &tables[index(seed, key, tables.len())]
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Shards<K, V, S> {
    /// [`table`](Self::table), to change it.
    pub(super) fn place<Q: Hash + ?Sized>(
        &mut self,
        key: &Q,
        replaced: &mut Replaced<K, V, S>,
    ) -> Place<'_, K, V, S> {
        let table = match &mut self.form {
            Form::One(table) => table,
            Form::Many(many) => {
                let (tables, seed) = &mut **many;
                let index = index(seed, key, tables.len());
                &mut tables[index]
            }
        };
        (own(table, replaced), &mut self.len)
    }

    /// [`place`](Self::place), where another entry may be added.
    #[inline(never)]
    pub(super) fn room(&mut self, key: &K, replaced: &mut Replaced<K, V, S>) -> Place<'_, K, V, S> {
        loop {
            let room = match &self.form {
                Form::One(_) => Self::ONE,
                Form::Many(many) => many.0.len() * Self::MANY,
            };
            if self.len < room {
                return self.place(key, replaced);
            }
            self.split(replaced);
        }
    }

    pub(super) fn insert(
        &mut self,
        key: K,
        value: V,
        replaced: &mut Replaced<K, V, S>,
    ) -> Option<(Option<K>, V)> {
        insert(self.room(&key, replaced), key, value)
    }

    /// Splits the table whose turn it is.
    #[cold]
    fn split(&mut self, replaced: &mut Replaced<K, V, S>) {
        if let Form::One(table) = &self.form {
            let many = (Vector::unit(Arc::clone(table)), Seed::default());
            self.form = Form::Many(Box::new(many));
        }
        let Form::Many(many) = &mut self.form else {
            return;
        };
        let (tables, seed) = &mut **many;
        let new = tables.len();
        let old = own(&mut tables[new - (1 << new.ilog2())], replaced);
        let mut moved = HashMap::with_capacity_and_hasher(old.len() / 2, old.hasher().clone());
        // A `Hash` or `Eq` that panics loses what has been moved, and no more; the number stays right.
        for (key, value) in old.extract_if(|key, _| index(seed, key, new + 1) == new) {
            self.len -= 1;
            moved.insert(key, value);
        }
        self.len += moved.len();
        tables.push_back(Arc::new(moved));
    }

    /// Takes any entry out.
    pub(super) fn pop(&mut self, replaced: &mut Replaced<K, V, S>) -> Option<(K, V)> {
        if self.len == 0 {
            return None;
        }
        let table = match &mut self.form {
            Form::One(table) => table,
            Form::Many(many) => {
                let tables = &mut many.0;
                // What hashes to an empty table behind the last belongs to others then.
                while tables.last().is_some_and(|table| table.is_empty()) {
                    replaced.extend(tables.pop_back());
                }
                tables.back_mut()?
            }
        };
        let popped = own(table, replaced).extract_if(|_, _| true).next();
        self.len -= 1;
        popped
    }

    /// Moves out the entries that are not to be kept.
    pub(super) fn extract(
        &mut self,
        mut keep: impl FnMut(&K, &mut V) -> bool,
        removed: &mut Vec<(K, V)>,
        replaced: &mut Replaced<K, V, S>,
    ) {
        let mut extract = |table| {
            for entry in own(table, replaced).extract_if(|key, value| !keep(key, value)) {
                self.len -= 1;
                removed.push(entry);
            }
        };
        match &mut self.form {
            Form::One(table) => extract(table),
            Form::Many(many) => many.0.iter_mut().for_each(extract),
        }
    }
}

/// Copies a table that others have, too.
#[inline]
fn own<'a, K: Clone, V: Clone, S: Clone>(
    table: &'a mut Arc<HashMap<K, V, S>>,
    replaced: &mut Replaced<K, V, S>,
) -> &'a mut HashMap<K, V, S> {
    if !table.is_unique() {
        let copy = Arc::new(HashMap::clone(table));
        replaced.extend(Some(mem::replace(table, copy)));
    }
    // Nobody else can have it by now.
    Arc::make_mut(table)
}

/// As many entries as there are in so many bytes of plain data, or so many entries that have destructors, each clone of which counts. Chosen by measurement.
const fn most<K, V>(bytes: usize, entries: usize) -> usize {
    let size = mem::size_of::<(K, V)>();
    if mem::needs_drop::<(K, V)>() || size * entries > bytes {
        entries
    } else {
        bytes / if size == 0 { 1 } else { size }
    }
}

/// Which of so many tables a key belongs to.
#[inline]
fn index<Q: Hash + ?Sized>(seed: &Seed, key: &Q, tables: usize) -> usize {
    let half = 1 << tables.ilog2();
    let index = seed.hash_one(key) as usize & (2 * half - 1);
    if index < tables {
        index
    } else {
        index & (half - 1)
    }
}

impl<K, V, S> Clone for Shards<K, V, S> {
    fn clone(&self) -> Self {
        let form = match &self.form {
            Form::One(table) => Form::One(Arc::clone(table)),
            Form::Many(many) => Form::Many(many.clone()),
        };
        Shards {
            len: self.len,
            form,
        }
    }
}
