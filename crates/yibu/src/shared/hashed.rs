//! A key with its hash, which is computed once, before any lock is taken.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::cell::Cell;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// `Copy` where the key is, since tables of what is `Copy` are copied faster.
#[derive(Clone, Copy)]
pub(super) struct Hashed<K> {
    pub(super) hash: u64,
    pub(super) key: K,
}

/// Either a [`Hashed`] or a [`Sought`]: what a table is searched for.
pub(super) trait Lookup<Q: ?Sized> {
    fn hash(&self) -> u64;
    fn key(&self) -> &Q;
}

/// A borrowed key with its hash.
pub(super) struct Sought<'a, Q: ?Sized> {
    pub(super) hash: u64,
    pub(super) key: &'a Q,
}

impl<Q: ?Sized> Lookup<Q> for Sought<'_, Q> {
    #[inline]
    fn hash(&self) -> u64 {
        self.hash
    }
    #[inline]
    fn key(&self) -> &Q {
        self.key
    }
}

impl<K: Borrow<Q>, Q: ?Sized> Lookup<Q> for Hashed<K> {
    #[inline]
    fn hash(&self) -> u64 {
        self.hash
    }
    #[inline]
    fn key(&self) -> &Q {
        self.key.borrow()
    }
}

impl<'a, K: Borrow<Q> + 'a, Q: ?Sized + 'a> Borrow<dyn Lookup<Q> + 'a> for Hashed<K> {
    #[inline]
    fn borrow(&self) -> &(dyn Lookup<Q> + 'a) {
        self
    }
}

impl<Q: ?Sized> Hash for dyn Lookup<Q> + '_ {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(Lookup::hash(self));
    }
}

impl<Q: Eq + ?Sized> PartialEq for dyn Lookup<Q> + '_ {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Lookup::hash(self) == Lookup::hash(other) && self.key() == other.key()
    }
}

impl<Q: Eq + ?Sized> Eq for dyn Lookup<Q> + '_ {}

impl<K> Hash for Hashed<K> {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}

impl<K: Eq> PartialEq for Hashed<K> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && !MOVING.get() && self.key == other.key
    }
}

thread_local! {
    /// Whether this thread puts keys into a table that are known not to be there.
    static MOVING: Cell<bool> = const { Cell::new(false) };
}

/// Puts keys into tables that do not have them: none is compared, so nothing of the user's runs that could panic halfway.
#[inline]
pub(super) fn moving<R>(work: impl FnOnce() -> R) -> R {
    MOVING.set(true);
    let done = work();
    MOVING.set(false);
    done
}

impl<K: Eq> Eq for Hashed<K> {}

/// Gives back the hash that it is given.
#[derive(Default)]
pub(super) struct Given(u64);

pub(super) type BuildGiven = BuildHasherDefault<Given>;

impl Hasher for Given {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("hashes are written as numbers");
    }
    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
