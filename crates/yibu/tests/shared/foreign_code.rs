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
    /// What the next call of `Clone`, `Hash`, `Eq` or `Ord` of an [`Item`] does.
    static ON_CALL: Hook = const { RefCell::new(None) };
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
    // A test that failed may leave a hook with items in it, which are dropped with the thread's locals.
    let callback = hook.try_with(RefCell::take);
    if let Ok(Some(callback)) = callback {
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
        call(&ON_CALL);
        call(&ON_CLONE);
        Item(self.0)
    }
}
impl Hash for Item {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn();
        call(&ON_CALL);
        // Some with the same hash.
        (self.0 / 2).hash(state);
    }
}
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        burn();
        call(&ON_CALL);
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
        call(&ON_CALL);
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
    // One table, and several: without those counts at which a new entry splits a table, of which the next test is.
    for count in [10, 13, 30, 257] {
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

/// A `Hash` or `Eq` that panics while a table is split may lose entries of that table, as in the standard library's maps; what is left is whole.
#[test]
fn a_panic_in_a_split_leaves_a_whole_dict() {
    be_quiet();
    for count in [14, 16, 20, 40, 100] {
        for calls in 0.. {
            let dict = dict_of(count);
            FUSE.set(Some(calls));
            let ended = catch_unwind(AssertUnwindSafe(|| dict.insert(Item(1_000), Item(1))));
            FUSE.set(None);
            if ended.is_ok() {
                assert!(calls > 0, "no code of ours was called");
                break;
            }
            let left = content(&dict);
            assert!(left.iter().all(|(&k, &v)| k == v && k < count));
            drop(dict.insert(Item(1_000), Item(1)));
            assert_eq!(content(&dict).len(), left.len() + 1);
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
            // Nothing to copy, and so nothing that could panic.
            let is_plain = ["append", "set", "pop", "pop_at", "insert"].contains(name);
            assert!(
                !is_plain || alone == 0,
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

/// What a change copies loses its snapshot just then: so the change has the last of it, and drops it not before it has unlocked.
#[test]
fn a_destructor_may_call_back_in_when_a_snapshot_ends_during_a_change() {
    let operations: &Operations<(Dict<Item, Item>, List<Item>)> = &[
        ("insert", |(d, _)| drop(d.insert(Item(1), Item(7)))),
        ("insert new", |(d, _)| drop(d.insert(Item(1_000), Item(7)))),
        ("remove", |(d, _)| drop(d.remove(&Item(5)))),
        ("popitem", |(d, _)| drop(d.popitem())),
        ("update_with", |(d, _)| {
            drop(d.update_with(Item(3), |_| Item(4)))
        }),
        ("remove_if", |(d, _)| drop(d.remove_if(Item(4), |_| true))),
        ("retain", |(d, _)| d.retain(|key, _| key.0 % 2 == 0)),
        ("update", |(d, _)| {
            d.update([(Item(1), Item(2)), (Item(2_000), Item(2))])
        }),
        ("append", |(_, l)| l.append(Item(1))),
        ("set", |(_, l)| drop(l.set(1, Item(7)))),
        ("pop", |(_, l)| drop(l.pop())),
        ("list update_with", |(_, l)| {
            drop(l.update_with(3, |_| Item(4)))
        }),
        ("sort", |(_, l)| l.sort()),
        ("list retain", |(_, l)| {
            l.retain(|element| element.0 % 2 == 0)
        }),
    ];
    for (name, operation) in operations {
        let has_cloned = Rc::new(Cell::new(false));
        for count in [10, 13, 14, 60, 200] {
            let both = (dict_of(count), List::from_iter((0..count).map(Item)));
            let snapshots = RefCell::new(Some((both.0.snapshot(), both.1.snapshot())));
            let (dict, list) = both.clone();
            ON_DROP.set(Some(Box::new(move || {
                assert!(dict.len() + list.len() < 1_000);
            })));
            let told = Rc::clone(&has_cloned);
            ON_CLONE.set(Some(Box::new(move || {
                told.set(true);
                drop(snapshots.take());
            })));
            operation(&both);
            ON_CLONE.set(None);
            ON_DROP.set(None);
        }
        // Not each time: of several tables, the one into which a new key goes may be empty.
        assert!(has_cloned.get(), "{name} copied nothing");
    }
}

/// To use the same collection again would never end, and so is a panic; it changes nothing, and other collections may be used.
#[test]
fn a_closure_may_use_others_but_not_the_same() {
    let (dict, list) = (Dict::from([(1, 1)]), List::from([2, 1]));
    dict.update_with(1, |old| {
        list.update_with(0, |old| old + 1);
        old.unwrap() + 1
    });
    assert_eq!((dict.get(&1), list.get(0)), (Some(2), Some(3)));

    let uses: &[&dyn Fn()] = &[
        &|| {
            dict.update_with(1, |_| dict.insert(1, 9).unwrap());
        },
        &|| {
            dict.update_with(1, |_| dict.get(&1).unwrap());
        },
        &|| {
            dict.get_or_insert_with(7, || dict.len() as i32);
        },
        &|| {
            dict.remove_if(1, |_| dict.contains_key(&1));
        },
        &|| dict.retain(|_, _| dict.is_empty()),
        &|| dict.with_mut(|_| dict.clear()),
        &|| dict.with_mut(|_| drop(dict.snapshot())),
        &|| list.with_mut(|_| list.append(1)),
        &|| list.sort_by_key(|_| list.pop()),
        &|| list.retain(|_| list.is_empty()),
        &|| {
            list.update_with(0, |_| list.get(0).unwrap());
        },
    ];
    for operation in uses {
        let text = panic_of(operation);
        assert!(text.contains("was used by what it was running"), "{text}");
        assert_eq!((dict.get(&1), dict.len()), (Some(2), 1));
        assert_eq!(list.snapshot(), [3, 1]);
    }
}

/// What the elements' own code does is told the same; of another thread it is just a wait.
#[test]
fn an_element_may_use_others_but_not_the_same() {
    let (dict, list) = (dict_of(20), List::from_iter((0..20).map(Item)));
    let _kept = (dict.snapshot(), list.snapshot());
    let uses: &[&dyn Fn()] = &[
        &|| drop(dict.get(&Item(1))),
        &|| drop(dict.insert(Item(1), Item(2))),
        &|| drop(dict.remove(&Item(3))),
        &|| drop(dict.compare_exchange(Item(9), None, Item(9))),
        &|| list.append(Item(1)),
        &|| list.sort(),
        &|| drop(list.get(3)),
    ];
    let before = (content(&dict), elements(&list));
    for operation in uses {
        let (dict_too, list_too) = (dict.clone(), list.clone());
        ON_CALL.set(Some(Box::new(move || {
            assert!(dict_too.len() + list_too.len() > 0);
        })));
        let text = panic_of(operation);
        ON_CALL.set(None);
        assert!(text.contains("was used by what it was running"), "{text}");
        assert_eq!((content(&dict), elements(&list)), before);
    }
    let other = List::from([1]);
    let other_too = other.clone();
    ON_CALL.set(Some(Box::new(move || other_too.append(1))));
    uses.iter().for_each(|operation| operation());
    ON_CALL.set(None);
    assert!(other.len() > 10);
}
