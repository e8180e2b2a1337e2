//! Models of `List` and `Dict`, explored by loom: every history of a few operations in two or three threads is linearizable.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p yibu --lib --release loom_shared
//! ```
//!
//! Each explores every interleaving, without a bound on preemptions: there is one lock to an operation, so they are few. In each, a history is written
//! down: the operations with what they gave, and which had ended before which began. A search in the way of Wing and Gong ("Testing and verifying concurrent
//! objects", 1993) then looks for an order of them that respects this and in which a plain `Vec` or `BTreeMap` gives the same.
//!
//! The interleavings are those of the one lock and of the name beside it, through the shim: what the persistent vector does inside is another crate's. A thread that took
//! another's lock for its own would panic here.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use loom::thread;

use super::{Dict, List};

/// An operation with what it gave, and when, by a counter of all begins and ends. (Not loom's: it is no part of what is explored.)
#[derive(Clone, Debug)]
struct Done<O, G> {
    operation: O,
    gave: G,
    began: usize,
    ended: usize,
}

/// Whether the rest of a history can follow a state in some order.
fn is_linearizable<S: Clone, O: Copy + Debug, G: PartialEq + Debug + Clone>(
    state: &S,
    rest: &[Done<O, G>],
    apply: fn(&mut S, O) -> G,
) -> bool {
    let Some(first_end) = rest.iter().map(|done| done.ended).min() else {
        return true;
    };
    (0..rest.len()).any(|index| {
        let done = &rest[index];
        // Another had ended before this one began, and so comes first.
        if done.began > first_end {
            return false;
        }
        let mut next = state.clone();
        let mut others = rest.to_vec();
        others.remove(index);
        apply(&mut next, done.operation) == done.gave && is_linearizable(&next, &others, apply)
    })
}

/// Explores threads that carry out these operations, each thread its own in their order.
fn explore<S, D, O, G>(
    threads: &'static [&'static [O]],
    start: fn() -> (D, S),
    real: fn(&D, O) -> G,
    model: fn(&mut S, O) -> G,
) where
    S: Clone + 'static,
    D: Clone + Send + 'static,
    O: Copy + Debug + Send + Sync + 'static,
    G: PartialEq + Debug + Clone + Send + 'static,
{
    loom::model(move || {
        let (data, state) = start();
        let clock = Arc::new(AtomicUsize::new(0));
        let history = Arc::new(Mutex::new(Vec::new()));
        let run = |operations: &'static [O]| {
            let (data, clock, history) = (data.clone(), clock.clone(), history.clone());
            move || {
                for &operation in operations {
                    let began = clock.fetch_add(1, SeqCst);
                    let gave = real(&data, operation);
                    let ended = clock.fetch_add(1, SeqCst);
                    let done = Done {
                        operation,
                        gave,
                        began,
                        ended,
                    };
                    history.lock().unwrap().push(done);
                }
            }
        };
        let others: Vec<_> = threads[1..]
            .iter()
            .map(|operations| thread::spawn(run(operations)))
            .collect();
        run(threads[0])();
        for other in others {
            other.join().unwrap();
        }
        let history = history.lock().unwrap();
        assert!(
            is_linearizable(&state, &history, model),
            "no order explains {history:#?}"
        );
    });
}

#[derive(Clone, Copy, Debug)]
enum OnList {
    Append(u8),
    Extend,
    Get(usize),
    Len,
    Pop,
    PopAt(usize),
    Insert(usize, u8),
    Set(usize, u8),
    Splice,
    Sort,
    Reverse,
    Retain,
    Remove(u8),
    UpdateWith(usize),
    WithMut,
    Take,
    /// Twice the same snapshot, with a yield between: it does not change.
    Snapshot,
}

#[derive(Clone, PartialEq, Debug)]
enum Gave {
    Nothing,
    One(Option<u8>),
    Many(Vec<u8>),
    Length(usize),
    Truth(bool),
}

fn on_list(list: &List<u8>, operation: OnList) -> Gave {
    use OnList::*;
    match operation {
        Append(new) => list.append(new),
        Extend => list.extend([7, 8]),
        Get(at) => return Gave::One(list.get(at)),
        Len => return Gave::Length(list.len()),
        Pop => return Gave::One(list.pop()),
        PopAt(at) => return Gave::One(list.pop_at(at)),
        Insert(at, new) => list.insert(at, new),
        Set(at, new) => return Gave::One(list.set(at, new)),
        Splice => return Gave::Many(list.splice(1..2, [4, 5]).to_vec()),
        Sort => list.sort(),
        Reverse => list.reverse(),
        Retain => list.retain(|element| element % 2 == 1),
        Remove(element) => return Gave::Truth(list.remove(&element)),
        UpdateWith(at) => return Gave::One(list.update_with(at, |old| old + 10)),
        WithMut => list.with_mut(|list| {
            let last = list.pop().unwrap_or(0);
            list.insert(0, last + 1);
        }),
        Take => return Gave::Many(list.take().to_vec()),
        Snapshot => {
            let snapshot = list.snapshot();
            let first = snapshot.to_vec();
            thread::yield_now();
            assert_eq!(snapshot, first);
            return Gave::Many(first);
        }
    }
    Gave::Nothing
}

fn on_vec(list: &mut Vec<u8>, operation: OnList) -> Gave {
    use OnList::*;
    let has = |at: usize| at < list.len();
    match operation {
        Append(new) => list.push(new),
        Extend => list.extend([7, 8]),
        Get(at) => return Gave::One(list.get(at).copied()),
        Len => return Gave::Length(list.len()),
        Pop => return Gave::One(list.pop()),
        PopAt(at) => return Gave::One(has(at).then(|| list.remove(at))),
        Insert(at, new) => list.insert(at.min(list.len()), new),
        Set(at, new) => return Gave::One(list.get_mut(at).map(|old| std::mem::replace(old, new))),
        Splice => {
            let (start, end) = (1.min(list.len()), 2.min(list.len()));
            return Gave::Many(list.splice(start..end, [4, 5]).collect());
        }
        Sort => list.sort_unstable(),
        Reverse => list.reverse(),
        Retain => list.retain(|element| element % 2 == 1),
        Remove(element) => {
            let at = list.iter().position(|other| *other == element);
            return Gave::Truth(at.map(|at| list.remove(at)).is_some());
        }
        UpdateWith(at) => {
            let new = list.get(at).map(|old| old + 10);
            return Gave::One(new.map(|new| std::mem::replace(&mut list[at], new)));
        }
        WithMut => {
            let last = list.pop().unwrap_or(0);
            list.insert(0, last + 1);
        }
        Take => return Gave::Many(std::mem::take(list)),
        Snapshot => return Gave::Many(list.clone()),
    }
    Gave::Nothing
}

fn lists(threads: &'static [&'static [OnList]]) {
    explore(
        threads,
        || (List::from([3, 2, 1]), vec![3, 2, 1]),
        on_list,
        on_vec,
    );
}

#[test]
fn loom_shared_list_of_two_threads() {
    use OnList::*;
    lists(&[&[Append(5), Pop], &[Snapshot, Append(6)]]);
    lists(&[&[UpdateWith(0), Get(0)], &[UpdateWith(0), Set(0, 9)]]);
    lists(&[&[Sort, Get(0)], &[Append(0), Len]]);
    lists(&[&[Splice, Reverse], &[Insert(1, 9), PopAt(0)]]);
    lists(&[&[Extend, Remove(7)], &[Take, Snapshot]]);
    lists(&[&[WithMut, Retain], &[Pop, Snapshot]]);
    lists(&[&[WithMut, WithMut], &[WithMut, Snapshot]]);
}

#[test]
fn loom_shared_list_of_three_threads() {
    use OnList::*;
    lists(&[&[Append(5)], &[UpdateWith(0)], &[Snapshot]]);
    lists(&[&[UpdateWith(0)], &[UpdateWith(0)], &[UpdateWith(0)]]);
    lists(&[&[WithMut], &[Pop], &[Get(0), Len]]);
    lists(&[&[Sort], &[Append(0)], &[Take]]);
}

#[derive(Clone, Copy, Debug)]
enum OnDict {
    Insert(u8, u8),
    Get(u8),
    Contains(u8),
    Remove(u8),
    RemoveIfOdd(u8),
    Pop,
    UpdateWith(u8),
    SetDefault(u8, u8),
    CompareExchange(u8, Option<u8>, u8),
    Update,
    Retain,
    WithMut,
    Len,
    Clear,
    Snapshot,
}

fn on_dict(dict: &Dict<u8, u8>, operation: OnDict) -> Gave {
    use OnDict::*;
    match operation {
        Insert(key, new) => return Gave::One(dict.insert(key, new)),
        Get(key) => return Gave::One(dict.get(&key)),
        Contains(key) => return Gave::Truth(dict.contains_key(&key)),
        Remove(key) => return Gave::One(dict.remove(&key)),
        RemoveIfOdd(key) => return Gave::One(dict.remove_if(key, |value| value % 2 == 1)),
        // The dicts have one entry at most where this is used.
        Pop => {
            return Gave::Many(
                dict.popitem()
                    .map_or(vec![], |(key, value)| vec![key, value]),
            );
        }
        UpdateWith(key) => {
            return Gave::One(dict.update_with(key, |old| old.copied().unwrap_or(0) + 1));
        }
        SetDefault(key, value) => return Gave::One(Some(dict.setdefault(key, value))),
        CompareExchange(key, old, new) => {
            return Gave::Truth(dict.compare_exchange(key, old.as_ref(), new).is_ok());
        }
        Update => dict.update([(1, 50), (2, 60)]),
        Retain => dict.retain(|_, value| *value < 40),
        WithMut => dict.with_mut(|dict| {
            let one = dict.remove(&1).unwrap_or(0);
            dict.insert(2, one + 1);
        }),
        Len => return Gave::Length(dict.len()),
        Clear => dict.clear(),
        Snapshot => {
            let snapshot = dict.snapshot();
            let first = flat(snapshot.iter());
            thread::yield_now();
            assert_eq!(flat(snapshot.iter()), first);
            return Gave::Many(first);
        }
    }
    Gave::Nothing
}

fn flat<'a>(entries: impl Iterator<Item = (&'a u8, &'a u8)>) -> Vec<u8> {
    let sorted: BTreeMap<_, _> = entries.collect();
    sorted.into_iter().flat_map(|(&k, &v)| [k, v]).collect()
}

fn on_map(map: &mut BTreeMap<u8, u8>, operation: OnDict) -> Gave {
    use OnDict::*;
    match operation {
        Insert(key, new) => return Gave::One(map.insert(key, new)),
        Get(key) => return Gave::One(map.get(&key).copied()),
        Contains(key) => return Gave::Truth(map.contains_key(&key)),
        Remove(key) => return Gave::One(map.remove(&key)),
        RemoveIfOdd(key) => {
            let is_odd = map.get(&key).is_some_and(|value| value % 2 == 1);
            return Gave::One(is_odd.then(|| map.remove(&key)).flatten());
        }
        Pop => {
            return Gave::Many(
                map.pop_first()
                    .map_or(vec![], |(key, value)| vec![key, value]),
            );
        }
        UpdateWith(key) => {
            let old = map.get(&key).copied();
            map.insert(key, old.unwrap_or(0) + 1);
            return Gave::One(old);
        }
        SetDefault(key, value) => return Gave::One(Some(*map.entry(key).or_insert(value))),
        CompareExchange(key, old, new) => {
            let is_same = map.get(&key).copied() == old;
            if is_same {
                map.insert(key, new);
            }
            return Gave::Truth(is_same);
        }
        Update => map.extend([(1, 50), (2, 60)]),
        Retain => map.retain(|_, value| *value < 40),
        WithMut => {
            let one = map.remove(&1).unwrap_or(0);
            map.insert(2, one + 1);
        }
        Len => return Gave::Length(map.len()),
        Clear => map.clear(),
        Snapshot => return Gave::Many(flat(map.iter())),
    }
    Gave::Nothing
}

fn dicts(threads: &'static [&'static [OnDict]]) {
    explore(
        threads,
        || (Dict::from([(1, 1)]), BTreeMap::from([(1, 1)])),
        on_dict,
        on_map,
    );
}

#[test]
fn loom_shared_dict_of_two_threads() {
    use OnDict::*;
    dicts(&[&[Insert(1, 2), Get(1)], &[Remove(1), Insert(1, 3)]]);
    dicts(&[&[UpdateWith(1), Get(1)], &[UpdateWith(1), Insert(1, 9)]]);
    dicts(&[&[UpdateWith(1), Snapshot], &[Snapshot, UpdateWith(1)]]);
    dicts(&[&[Update, Snapshot], &[Update, Retain]]);
    dicts(&[&[SetDefault(3, 4), Len], &[SetDefault(3, 5), Contains(3)]]);
    dicts(&[
        &[CompareExchange(1, Some(1), 2)],
        &[CompareExchange(1, Some(1), 3), Get(1)],
    ]);
    dicts(&[&[RemoveIfOdd(1), Contains(1)], &[UpdateWith(1), Clear]]);
    dicts(&[&[Pop], &[Remove(1), Len]]);
    dicts(&[&[WithMut, Snapshot], &[WithMut, Get(2)]]);
}

#[test]
fn loom_shared_dict_of_three_threads() {
    use OnDict::*;
    dicts(&[&[UpdateWith(1)], &[UpdateWith(1)], &[UpdateWith(1)]]);
    dicts(&[&[Insert(1, 2)], &[UpdateWith(1)], &[Snapshot]]);
    dicts(&[&[WithMut], &[Update], &[Get(1), Get(2)]]);
    dicts(&[
        &[CompareExchange(2, None, 1)],
        &[SetDefault(2, 2)],
        &[Remove(2)],
    ]);
}

/// The model finds what it is there to find: a counter by `get` and `insert` loses.
#[test]
#[should_panic(expected = "no order explains")]
fn loom_shared_finds_the_lost_update() {
    explore(
        &[&[1], &[1], &[0]],
        || (Dict::from([(1, 0)]), 0),
        |dict, add: u8| {
            let old = dict.get(&1).unwrap();
            dict.insert(1, old + add);
            old
        },
        |count, add| {
            *count += add;
            *count - add
        },
    );
}
