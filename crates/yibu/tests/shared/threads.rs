//! Several threads at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use super::noise::{Noise, seed};
use yibu::shared::{Dict, List};

const THREADS: u64 = 4;
const TURNS: u64 = 2_000;

/// The race that `update_with` is the cure of, beside snapshots and other writers: nothing is lost.
#[test]
fn counters_lose_nothing() {
    let seed = seed("shared threads, counters");
    let (dict, list) = (Dict::new(), List::from(vec![0; 3]));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let counting: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (dict, list) = (dict.clone(), list.clone());
                scope.spawn(move || {
                    let mut noise = Noise::new(seed ^ thread);
                    for turn in 0..TURNS {
                        dict.update_with(turn % 3, |old| old.copied().unwrap_or(0) + 1);
                        list.update_with(turn as usize % 3, |old| old + 1);
                        // Enough other entries for shards to split.
                        dict.insert(1_000 + noise.below(5_000) as u64, 0);
                        if noise.below(50) == 0 {
                            dict.retain(|key, _| *key < 1_000 || *key % 3 == 0);
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut last = 0;
            while !is_over.load(Relaxed) {
                let snapshot = dict.snapshot();
                let sum = (0..3).filter_map(|key| snapshot.get(&key)).sum();
                assert!(last <= sum, "a count went back: {last}, {sum}");
                last = sum;
                assert_eq!(snapshot.iter().count(), snapshot.len());
            }
        });
        let panicked = counting
            .into_iter()
            .filter_map(|counting| counting.join().err())
            .count();
        is_over.store(true, Relaxed);
        assert_eq!(panicked, 0);
    });
    assert_eq!(
        (0..3).filter_map(|key| dict.get(&key)).sum::<u64>(),
        THREADS * TURNS
    );
    assert_eq!(list.to_vec().iter().sum::<u64>(), THREADS * TURNS);
}

/// What one `with_mut` changes is seen together or not at all; what panics is not seen.
#[test]
fn snapshots_keep_what_writers_keep() {
    let seed = seed("shared threads, invariants");
    let accounts = Dict::from_iter((0..300).map(|key| (key, 100_i64)));
    let pairs = List::from_iter((0..300).map(|_| 1_i64));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (accounts, pairs) = (&accounts, &pairs);
            scope.spawn(move || {
                let mut noise = Noise::new(seed ^ thread);
                for turn in 0..TURNS / 4 {
                    let (from, to) = (noise.below(300), noise.below(300));
                    let does_panic = turn % 10 == 0;
                    let moved = catch_unwind(AssertUnwindSafe(|| {
                        accounts.with_mut(|accounts| {
                            *accounts.get_mut(&from).unwrap() -= 7;
                            assert!(!does_panic, "planned: the account panics halfway");
                            *accounts.get_mut(&to).unwrap() += 7;
                        });
                        pairs.with_mut(|pairs| {
                            pairs[from] -= 3;
                            pairs[to] += 3;
                        });
                    }));
                    assert_eq!(moved.is_err(), does_panic);
                }
            });
            scope.spawn(move || {
                for _ in 0..TURNS / 4 {
                    assert_eq!(accounts.snapshot().values().sum::<i64>(), 30_000);
                    assert_eq!(pairs.snapshot().iter().sum::<i64>(), 300);
                }
            });
        }
    });
}

/// Everything that is appended is popped once.
#[test]
fn appended_is_popped_once() {
    let list = List::new();
    let popped = List::new();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (list, popped) = (list.clone(), popped.clone());
            scope.spawn(move || {
                for turn in 0..TURNS {
                    list.append(thread * TURNS + turn);
                    if turn % 64 == 0 {
                        popped.extend(list.take().iter().map(|&one| Some(one)));
                    }
                    popped.append(match turn % 3 {
                        0 => list.pop_at(0),
                        _ => list.pop(),
                    });
                }
            });
        }
    });
    let mut all: Vec<u64> = popped.to_vec().into_iter().flatten().collect();
    all.extend(&list);
    all.sort_unstable();
    assert!(all.into_iter().eq(0..THREADS * TURNS));
}

/// While a closure runs, another thread waits, and is not mistaken for the one that may not use the same data again.
#[test]
fn another_thread_waits_for_a_closure() {
    let (dict, list) = (Dict::from([(1, 1)]), List::from([1]));
    let barrier = std::sync::Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            dict.update_with(1, |old| {
                list.update_with(0, |old| {
                    barrier.wait();
                    // It is most likely waiting by now.
                    (0..100).for_each(|_| thread::yield_now());
                    old + 1
                });
                old.unwrap() + 1
            })
        });
        barrier.wait();
        assert_eq!(list.get(0), Some(2));
        assert_eq!(dict.get(&1), Some(2));
    });
}

/// What handles and snapshots may do is what their contents may.
#[test]
fn handles_and_snapshots_go_to_other_threads() {
    fn is_send_and_sync<T: Send + Sync + std::panic::UnwindSafe + 'static>() {}
    is_send_and_sync::<List<String>>();
    is_send_and_sync::<Dict<String, Vec<u8>>>();
    is_send_and_sync::<yibu::shared::ListSnapshot<String>>();
    is_send_and_sync::<yibu::shared::DictSnapshot<String, Vec<u8>>>();
}
