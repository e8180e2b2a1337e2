//! What runs inside an operation and is not ours: closures, `Hash`, `Eq`, `Ord`, `Clone`, `Drop`. Each panics at each place where it is called, and each calls back in.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Once;

use yibu::shared::{Dict, List};

thread_local! {
    /// How many calls of foreign code are left until one panics.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
    /// What the next drop of an [`Item`] does.
    static ON_DROP: Hook = const { RefCell::new(None) };
    static ON_CLONE: Hook = const { RefCell::new(None) };
    static ON_EQ: Hook = const { RefCell::new(None) };
}

fn burn() {
    FUSE.with(|fuse| match fuse.get() {
        Some(0) => {
            fuse.set(None);
            panic!("planned: foreign code panics");
        }
        left => fuse.set(left.map(|left| left - 1)),
    });
}

/// Something that is called when foreign code runs.
type Hook = RefCell<Option<Box<dyn Fn()>>>;

/// A name and an operation.
type Operations<D> = [(&'static str, fn(&D))];

fn call(hook: &'static std::thread::LocalKey<Hook>) {
    let callback = hook.with_borrow_mut(Option::take);
    if let Some(callback) = callback {
        callback();
        hook.set(Some(callback));
    }
}

/// Foreign in every way.
#[derive(Debug)]
struct Item(u32);

impl Clone for Item {
    fn clone(&self) -> Self {
        burn();
        call(&ON_CLONE);
        Item(self.0)
    }
}
impl Hash for Item {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn();
        // Some with the same hash.
        (self.0 / 2).hash(state);
    }
}
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        burn();
        call(&ON_EQ);
        self.0 == other.0
    }
}
impl Eq for Item {}
impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Item {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        burn();
        self.0.cmp(&other.0)
    }
}
impl Drop for Item {
    fn drop(&mut self) {
        call(&ON_DROP);
    }
}

fn dict_of(count: u32) -> Dict<Item, Item> {
    (0..count).map(|n| (Item(n), Item(n))).collect()
}

fn content(dict: &Dict<Item, Item>) -> BTreeMap<u32, u32> {
    let snapshot = dict.snapshot();
    let entries: BTreeMap<_, _> = snapshot.iter().map(|(k, v)| (k.0, v.0)).collect();
    assert_eq!(entries.len(), dict.len());
    // Every key is found where it is.
    assert!(entries.iter().all(|(&k, &v)| snapshot[&Item(k)].0 == v));
    entries
}

fn elements(list: &List<Item>) -> Vec<u32> {
    let snapshot = list.snapshot();
    assert_eq!(snapshot.len(), list.len());
    snapshot.iter().map(|item| item.0).collect()
}

/// Says nothing of the panics that are planned.
fn be_quiet() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let text = panic.payload_as_str();
            if !text.is_some_and(|text| text.starts_with("planned")) {
                loud(panic);
            }
        }));
    });
}

/// Runs an operation again and again, until no call in it panics; after every panic all is as before. How many panicked.
fn panic_everywhere<D, C: PartialEq + std::fmt::Debug>(
    what: &str,
    data: impl Fn() -> D,
    content: impl Fn(&D) -> C,
    operation: impl Fn(&D),
) -> u32 {
    be_quiet();
    for calls in 0.. {
        let data = data();
        let before = content(&data);
        FUSE.set(Some(calls));
        let ended = catch_unwind(AssertUnwindSafe(|| operation(&data)));
        FUSE.set(None);
        if ended.is_ok() {
            return calls;
        }
        assert_eq!(content(&data), before, "{what}: the call {calls} panicked");
        // And it is not poisoned.
        operation(&data);
    }
    unreachable!("some number of calls is enough")
}

#[test]
fn a_panic_in_an_operation_on_a_dict_changes_nothing() {
    let operations: &Operations<Dict<Item, Item>> = &[
        ("insert", |d| drop(d.insert(Item(1), Item(7)))),
        ("insert new", |d| drop(d.insert(Item(1_000), Item(7)))),
        ("remove", |d| drop(d.remove(&Item(5)))),
        ("popitem", |d| drop(d.popitem())),
        ("update_with", |d| {
            d.update_with(Item(3), |old| {
                burn();
                Item(old.map_or(0, |old| old.0 + 1))
            });
        }),
        ("setdefault", |d| drop(d.setdefault(Item(2_000), Item(1)))),
        ("remove_if", |d| {
            drop(d.remove_if(Item(4), |value| value == &Item(4)));
        }),
        ("compare_exchange", |d| {
            drop(d.compare_exchange(Item(4), Some(&Item(4)), Item(9)));
        }),
        ("update", |d| {
            d.update((90..110).map(|n| (Item(n * 2), Item(n))));
        }),
        ("retain", |d| {
            d.retain(|key, value| {
                value.0 += 1;
                burn();
                key.0 % 2 == 0
            });
        }),
        ("with_mut", |d| {
            d.with_mut(|d| {
                d.insert(Item(1), Item(9));
                d.remove(&Item(2));
                burn();
            });
        }),
    ];
    // Before a split (128 with destructors), at it, and after some.
    for count in [10, 127, 128, 257] {
        for (name, operation) in operations {
            let alone = panic_everywhere(name, || dict_of(count), content, operation);
            // With a snapshot there is something to copy.
            let with = || {
                let dict = dict_of(count);
                let snapshot = dict.snapshot();
                (dict, snapshot)
            };
            let shared = panic_everywhere(name, with, |(d, _)| content(d), |(d, _)| operation(d));
            assert!(
                alone > 0 || shared > 0,
                "{name} calls nothing: is this test blind?"
            );
        }
    }
}

#[test]
fn a_panic_in_an_operation_on_a_list_changes_nothing() {
    let operations: &Operations<List<Item>> = &[
        ("append", |l| l.append(Item(1))),
        ("set", |l| drop(l.set(1, Item(7)))),
        ("pop", |l| drop(l.pop())),
        ("pop_at", |l| drop(l.pop_at(3))),
        ("insert", |l| l.insert(2, Item(1))),
        ("remove", |l| assert!(l.remove(&Item(7)))),
        ("extend", |l| l.extend((0..70).map(Item))),
        ("splice", |l| drop(l.splice(1..5, (0..70).map(Item)))),
        ("sort", |l| l.sort()),
        ("sort_by_key", |l| {
            l.sort_by_key(|e| {
                burn();
                e.0 % 3
            });
        }),
        ("reverse", |l| l.reverse()),
        ("retain", |l| {
            l.retain(|e| {
                burn();
                e.0 % 2 == 0
            });
        }),
        ("update_with", |l| {
            drop(l.update_with(1, |old| {
                burn();
                Item(old.0 + 1)
            }));
        }),
        ("with_mut", |l| {
            l.with_mut(|l| {
                l.append(Item(1));
                l[0] = Item(5);
                burn();
            });
        }),
    ];
    let mut called = 0;
    let numbers = |count: u32| move || List::from_iter((0..count).map(|n| Item((n * 7) % 31)));
    for count in [6, 64, 65, 150] {
        for (name, operation) in operations {
            let alone = panic_everywhere(name, numbers(count), elements, operation);
            // Made under the lock, where nothing foreign may run.
            let is_held = ["append", "set", "pop"].contains(name);
            assert!(
                !is_held || alone == 0,
                "{name} of {count} called {alone} times"
            );
            let with = || {
                let list = numbers(count)();
                let snapshot = list.snapshot();
                (list, snapshot)
            };
            let shared = panic_everywhere(name, with, |(l, _)| elements(l), |(l, _)| operation(l));
            called += shared;
        }
    }
    assert!(called > 1_000, "{called} calls: is this test blind?");
}

/// Destructors of what is replaced, removed or overwritten may use the same data, whoever else has it.
#[test]
fn a_destructor_may_call_back_in() {
    let item = |n| Arc::new(Item(n));
    let dict: Dict<u32, Arc<Item>> = (0..300).map(|n| (n, item(n))).collect();
    let list = List::from_iter((0..300).map(item));
    let calls = Rc::new(Cell::new(0));
    ON_DROP.set(Some(Box::new({
        let (dict, list, calls) = (dict.clone(), list.clone(), calls.clone());
        move || {
            calls.set(calls.get() + 1);
            dict.insert(7, item(calls.get()));
            list.append(item(1));
            list.pop();
            assert!(dict.len() <= 300 && list.len() <= 400);
        }
    })));
    for snapshots in [false, true] {
        let kept = snapshots.then(|| (dict.snapshot(), list.snapshot()));
        dict.insert(1, item(1));
        dict.remove(&2);
        dict.update_with(3, |_| item(4));
        dict.retain(|key, _| *key != 9);
        dict.update([(4, item(5)), (5, item(6))]);
        dict.popitem();
        list.set(0, item(1));
        list.pop();
        list.pop_at(70);
        list.splice(2..4, [item(1)]);
        list.retain(|e| e.0 % 9 != 0);
        list.update_with(1, |_| item(3));
        list.sort();
        list.reverse();
        drop(kept);
    }
    list.clear();
    dict.clear();
    assert!(calls.get() > 100, "{}", calls.get());
    ON_DROP.set(None);
}

/// What `panic` says, where an operation has to be one.
fn panic_of(operation: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(operation)).expect_err("it panics");
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .expect("it says something")
}

/// A closure may read the data that it changes and change other data; to write to the same would never end, and is a panic that changes nothing.
#[test]
fn a_closure_may_read_but_not_write_the_same() {
    let (dict, list) = (Dict::from([(1, 1)]), List::from([1]));
    dict.update_with(1, |old| {
        list.update_with(0, |old| old + dict.get(&1).unwrap() + list.get(0).unwrap());
        old.unwrap() + dict.snapshot()[&1]
    });
    assert_eq!((dict.get(&1), list.get(0)), (Some(2), Some(3)));

    let text = panic_of(|| {
        dict.update_with(1, |_| dict.insert(1, 9).unwrap());
    });
    assert!(text.contains("written to the same data"), "{text}");
    let text = panic_of(|| list.with_mut(|_| list.append(1)));
    assert!(text.contains("written to the same data"), "{text}");
    let two = List::from([2, 1]);
    let text = panic_of(|| two.sort_by_key(|_| two.pop()));
    assert!(text.contains("written to the same data"), "{text}");
    assert_eq!(two.snapshot(), [2, 1]);
    assert_eq!((dict.get(&1), list.get(0)), (Some(2), Some(3)));
    dict.insert(1, 5);
    list.append(6);
    assert_eq!((dict.get(&1), list.last()), (Some(5), Some(6)));
}

/// The comparison of keys runs under a lock: it may use no shared data, and is told so. Elsewhere comparing is free.
#[test]
fn a_comparison_of_keys_that_calls_back_in_is_told() {
    let dict = dict_of(4);
    let hook = |dict: &Dict<Item, Item>| {
        let dict = dict.clone();
        ON_EQ.set(Some(Box::new(move || assert!(dict.len() < 5))));
    };
    hook(&dict);
    assert!(dict.get(&Item(1)).is_some());
    let text = panic_of(|| drop(dict.insert(Item(1), Item(2))));
    assert!(text.contains("comparison"), "{text}");
    ON_EQ.set(None);
    assert_eq!(content(&dict)[&1], 1);
    hook(&dict);
    drop(dict.compare_exchange(Item(9), None, Item(9)));
    ON_EQ.set(None);
    drop(dict.insert(Item(1), Item(2)));
    assert_eq!(content(&dict)[&1], 2);
}

/// Clones are made without the lock.
#[test]
fn a_clone_may_read_the_same() {
    let (dict, list) = (dict_of(300), List::from_iter((0..300).map(Item)));
    let calls = Rc::new(Cell::new(0));
    let _kept = (dict.snapshot(), list.snapshot());
    ON_CLONE.set(Some(Box::new({
        let (dict, list, calls) = (dict.clone(), list.clone(), calls.clone());
        move || {
            calls.set(calls.get() + 1);
            assert!(dict.len() >= 299 && list.len() >= 299);
        }
    })));
    drop(dict.get(&Item(1)));
    drop(dict.insert(Item(1), Item(2)));
    drop(dict.remove(&Item(200)));
    drop(list.get(5));
    list.append(Item(1));
    drop(list.set(3, Item(3)));
    drop(list.update_with(100, |_| Item(3)));
    ON_CLONE.set(None);
    assert!(calls.get() > 10, "{}", calls.get());
}
