//! A table whose entries never move and whose keys are never mistaken.
//!
//! Entries live in chunks that are allocated once, so the table grows without copying and without
//! twice the memory for a moment. A key is an index and a generation: the generation changes each time an
//! entry is freed, so a completion that comes late for an old entry finds nothing instead of a stranger.

#![forbid(unsafe_code)]

const CHUNK: usize = 256;
const NONE: u32 = u32::MAX;

/// Where an entry is, and which of its lives is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) struct Key {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

struct Slot<T> {
    generation: u32,
    next_free: u32,
    value: Option<T>,
}

/// See the module.
pub(crate) struct Slab<T> {
    chunks: Vec<Box<[Slot<T>]>>,
    first_free: u32,
    len: usize,
}

impl<T> Slab<T> {
    /// The most entries a table may have: an index has 24 bits in a [`Token`](super::driver::Token).
    pub(crate) const MAX: usize = 1 << 24;

    pub(crate) const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            first_free: NONE,
            len: 0,
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> Key {
        if self.first_free == NONE {
            self.grow();
        }
        let index = self.first_free;
        let slot = self.slot_mut(index).expect("a free slot is in the table");
        assert!(slot.value.is_none(), "a free slot is empty");
        slot.value = Some(value);
        let generation = slot.generation;
        self.first_free = slot.next_free;
        self.len += 1;
        Key { index, generation }
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let first_free = self.first_free;
        let slot = self
            .slot_mut(key.index)
            .filter(|slot| slot.generation == key.generation)?;
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        slot.next_free = first_free;
        self.first_free = key.index;
        self.len -= 1;
        Some(value)
    }

    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let slot = self
            .chunks
            .get(key.index as usize / CHUNK)?
            .get(key.index as usize % CHUNK)?;
        if slot.generation == key.generation {
            slot.value.as_ref()
        } else {
            None
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slot_mut(key.index)?;
        if slot.generation == key.generation {
            slot.value.as_mut()
        } else {
            None
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The keys of all entries; a copy, so that the table may change meanwhile.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let slots = self.chunks.iter().flat_map(|chunk| chunk.iter());
        let used = slots.enumerate().filter(|(_, slot)| slot.value.is_some());
        used.map(|(index, slot)| Key {
            index: index as u32,
            generation: slot.generation,
        })
        .collect()
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        self.chunks
            .get_mut(index as usize / CHUNK)?
            .get_mut(index as usize % CHUNK)
    }

    fn grow(&mut self) {
        let start = self.chunks.len() * CHUNK;
        assert!(
            start + CHUNK <= Self::MAX,
            "more than {} entries in one loop's table",
            Self::MAX
        );
        let slot = |offset: usize| Slot {
            generation: 0,
            next_free: if offset + 1 == CHUNK {
                NONE
            } else {
                (start + offset + 1) as u32
            },
            value: None,
        };
        self.chunks.push((0..CHUNK).map(slot).collect());
        self.first_free = start as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_key_finds_nothing() {
        let mut slab = Slab::new();
        let old = slab.insert("old");
        assert_eq!(slab.remove(old), Some("old"));
        let new = slab.insert("new");
        assert_eq!(new.index, old.index, "the slot is used again");
        assert!(
            slab.get(old).is_none() && slab.get_mut(old).is_none() && slab.remove(old).is_none()
        );
        assert_eq!(slab.get(new), Some(&"new"));
    }

    #[test]
    fn grows_by_chunks_and_frees_all() {
        let mut slab = Slab::new();
        let keys: Vec<Key> = (0..CHUNK * 3 + 1).map(|n| slab.insert(n)).collect();
        assert_eq!((slab.len(), slab.keys().len()), (keys.len(), keys.len()));
        for (n, key) in keys.into_iter().enumerate() {
            assert_eq!(slab.remove(key), Some(n));
        }
        assert_eq!((slab.len(), slab.chunks.len()), (0, 4));
    }
}
