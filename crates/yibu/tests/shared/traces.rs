//! Random traces on one thread: `List` and `Dict` against `Vec` and `HashMap`, with snapshots that must not change.

use std::collections::{HashMap, VecDeque};

use super::noise::{Noise, seed};
use yibu::shared::{Dict, DictSnapshot, List, ListSnapshot};

/// Elements that have a destructor, so that a lost or doubled one is found by a sanitizer, and a clone that costs.
type Item = Box<u64>;

#[test]
fn a_list_is_a_vec() {
    let seed = seed("shared_traces, list");
    for (round, most) in [8, 70, 300, 5_000].into_iter().enumerate() {
        let mut noise = Noise::new(seed ^ round as u64);
        let (list, mut model) = (List::new(), Vec::new());
        let mut kept: Vec<(ListSnapshot<Item>, Vec<Item>)> = Vec::new();
        for step in 0..3_000 {
            list_step(&list, &mut model, &mut noise, most);
            assert_eq!(list.len(), model.len(), "step {step}");
            if noise.below(16) == 0 {
                assert_eq!(list.snapshot(), model, "step {step}");
            }
            // Now none are held, now many.
            if step % 1_000 < 600 && noise.below(8) == 0 {
                kept.push((list.snapshot(), model.clone()));
            }
            if kept.len() > 20 || step % 1_000 == 600 {
                for (snapshot, then) in kept.drain(..) {
                    assert_eq!(snapshot, then, "step {step}");
                }
            }
        }
        assert_eq!(list.snapshot(), model);
    }
}

fn list_step(list: &List<Item>, model: &mut Vec<Item>, noise: &mut Noise, most: usize) {
    let len = model.len();
    // Past the end, too.
    let at = noise.below(len + 3);
    let to = noise.below(len + 3);
    let (start, end) = (at.min(len), to.min(len).max(at.min(len)));
    let new = Box::new(noise.next());
    let some = |noise: &mut Noise| -> Vec<Item> {
        let many = if len < most / 2 { most / 2 } else { 4 };
        (0..noise.below(many))
            .map(|_| Box::new(noise.next()))
            .collect()
    };
    match noise.below(22) {
        0..4 => {
            list.append(new.clone());
            model.push(new);
        }
        4..6 => assert_eq!(list.pop(), model.pop()),
        6 => assert_eq!(list.pop_at(at), (at < len).then(|| model.remove(at))),
        7..9 => {
            list.insert(at, new.clone());
            model.insert(start, new);
        }
        9 => {
            let old = model
                .get_mut(at)
                .map(|old| std::mem::replace(old, new.clone()));
            assert_eq!(list.set(at, new), old);
        }
        10 => {
            let old = list.update_with(at, |old| Box::new(old.wrapping_add(1)));
            assert_eq!(old, model.get(at).cloned());
            if let Some(element) = model.get_mut(at) {
                **element = element.wrapping_add(1);
            }
        }
        11 => {
            let more = some(noise);
            list.extend(more.clone());
            model.extend(more);
        }
        12 => {
            let more = some(noise);
            let old: Vec<_> = model.splice(start..end, more.clone()).collect();
            assert_eq!(list.splice(at..to, more), old);
        }
        13 => assert_eq!(list.slice(at..to), model[start..end]),
        14 => {
            list.sort();
            model.sort();
        }
        15 => {
            list.sort_by_key(|e| **e % 7);
            model.sort_by_key(|e| **e % 7);
        }
        16 => {
            list.reverse();
            model.reverse();
        }
        17 => {
            list.retain(|e| **e % 8 != 0);
            model.retain(|e| **e % 8 != 0);
        }
        18 => {
            let sought = model.get(at).cloned().unwrap_or(new);
            assert_eq!(list.contains(&sought), model.contains(&sought));
            let position = model.iter().position(|e| *e == sought);
            assert_eq!(list.index(&sought), position);
            assert_eq!(list.remove(&sought), position.is_some());
            position.map(|position| model.remove(position));
        }
        19 => {
            assert_eq!(list.get(at), model.get(at).cloned());
            assert_eq!(list.first(), model.first().cloned());
            assert_eq!(list.last(), model.last().cloned());
        }
        20 => list.with_mut(|list| {
            list.append(new.clone());
            model.push(new);
            if let Some(element) = list.get_mut(at) {
                **element /= 2;
                *model[at] /= 2;
            }
        }),
        _ if len > most => {
            assert_eq!(list.take(), *model);
            model.clear();
        }
        _ => (),
    }
}

#[test]
fn a_dict_is_a_hash_map() {
    let seed = seed("shared_traces, dict");
    for (round, keys) in [4, 200, 5_000].into_iter().enumerate() {
        let mut noise = Noise::new(seed ^ round as u64);
        let (dict, mut model) = (Dict::new(), HashMap::new());
        let mut kept = Vec::new();
        for step in 0..20_000 {
            dict_step(&dict, &mut model, &mut noise, keys);
            assert_eq!(dict.len(), model.len(), "step {step}");
            if noise.below(256) == 0 {
                assert_eq!(dict.snapshot(), model, "step {step}");
            }
            if step % 4_000 < 2_000 && noise.below(100) == 0 {
                kept.push((dict.snapshot(), model.clone()));
            }
            if kept.len() > 10 || step % 4_000 == 2_000 {
                check_kept(&mut kept);
            }
        }
        assert_eq!(dict.snapshot(), model);
        let mut items = dict.items();
        items.sort_unstable();
        let mut expected: Vec<_> = model.into_iter().collect();
        expected.sort_unstable();
        assert_eq!(items, expected);
    }
}

/// A snapshot, and what it has to be for ever.
type Kept = (DictSnapshot<String, Item>, HashMap<String, Item>);

fn check_kept(kept: &mut Vec<Kept>) {
    for (snapshot, then) in kept.drain(..) {
        assert_eq!(snapshot, then);
        assert_eq!(snapshot.keys().count(), then.len());
    }
}

fn dict_step(
    dict: &Dict<String, Item>,
    model: &mut HashMap<String, Item>,
    noise: &mut Noise,
    keys: usize,
) {
    let key = noise.below(keys).to_string();
    let value = Box::new(noise.next());
    match noise.below(20) {
        0..7 => assert_eq!(
            dict.insert(key.clone(), value.clone()),
            model.insert(key, value)
        ),
        7..10 => assert_eq!(dict.remove(&key), model.remove(&key)),
        10 => {
            assert_eq!(dict.get(&key), model.get(&key).cloned());
            assert_eq!(dict.contains_key(&key), model.contains_key(&key));
        }
        11 => {
            let next = |old: Option<&Item>| Box::new(old.map_or(0, |old| old.wrapping_add(1)));
            let old = model.get(&key).cloned();
            model.insert(key.clone(), next(old.as_ref()));
            assert_eq!(dict.update_with(key, next), old);
        }
        12 => {
            let expected = model.entry(key.clone()).or_insert_with(|| value.clone());
            assert_eq!(dict.setdefault(key, value), *expected);
        }
        13 => {
            let more: Vec<_> = (0..noise.below(keys / 4 + 2))
                .map(|_| (noise.below(keys).to_string(), Box::new(noise.next())))
                .collect();
            match noise.below(2) {
                0 => dict.update(more.clone()),
                _ => dict.update(&Dict::<_, _>::from_iter(more.clone())),
            }
            model.extend(more);
        }
        14 if noise.below(20) == 0 => {
            let keep = noise.next() % 8;
            dict.retain(|_, value| **value % 8 > keep);
            model.retain(|_, value| **value % 8 > keep);
        }
        15 => {
            let current = model.get(&key).cloned();
            let claimed = (noise.below(2) == 0).then(|| value.clone());
            let done = dict.compare_exchange(key.clone(), claimed.as_ref(), value.clone());
            assert_eq!(done.is_ok(), claimed == current);
            if done.is_ok() {
                model.insert(key, value);
            }
        }
        16 => {
            let is_odd = |value: &Item| **value % 2 == 1;
            let expected = model.get(&key).is_some_and(is_odd);
            assert_eq!(dict.remove_if(key.clone(), is_odd).is_some(), expected);
            if expected {
                model.remove(&key);
            }
        }
        17 => match dict.popitem() {
            Some((key, value)) => assert_eq!(model.remove(&key), Some(value)),
            None => assert!(model.is_empty()),
        },
        18 if noise.below(100) == 0 => {
            while let Some((key, value)) = dict.popitem() {
                assert_eq!(model.remove(&key), Some(value));
            }
            assert!(model.is_empty());
        }
        19 => dict.with_mut(|dict| {
            assert_eq!(
                dict.insert(key.clone(), value.clone()),
                model.insert(key.clone(), value)
            );
            let other = noise.below(keys).to_string();
            assert_eq!(dict.remove(&other), model.remove(&other));
            if let Some(value) = dict.get_mut(&key) {
                **value /= 2;
                *model.get_mut(&key).unwrap().as_mut() /= 2;
            }
        }),
        _ => (),
    }
}

/// Keys of a bad hash: all in one place, some with the same hash.
#[test]
fn a_dict_works_with_a_hash_that_says_little() {
    #[derive(Clone, PartialEq, Eq, Debug)]
    struct Bad(u32);
    impl std::hash::Hash for Bad {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            state.write_u32(self.0 % 3);
        }
    }
    let dict = Dict::new();
    for number in 0..700 {
        assert_eq!(dict.insert(Bad(number), number), None);
    }
    let snapshot = dict.snapshot();
    for number in 0..700 {
        assert_eq!(dict.insert(Bad(number), number + 1), Some(number));
        assert_eq!(dict.get(&Bad(number)), Some(number + 1));
    }
    for number in (0..700).step_by(2) {
        assert_eq!(dict.remove(&Bad(number)), Some(number + 1));
    }
    assert_eq!(dict.len(), 350);
    assert!((0..700).all(|number| snapshot[&Bad(number)] == number));
}

/// Plain data, whose copies for snapshots go into memory that others had.
#[test]
fn snapshots_of_plain_data_that_are_kept_do_not_change() {
    let seed = seed("shared_traces, plain");
    for (round, keys) in [3, 100, 1_000, 3_000].into_iter().enumerate() {
        let mut noise = Noise::new(seed ^ round as u64);
        let (dict, mut model) = (Dict::new(), HashMap::new());
        let mut kept = VecDeque::new();
        for step in 0..2_000 {
            let key = noise.below(keys) as u64;
            match noise.below(8) {
                0 => assert_eq!(dict.remove(&key), model.remove(&key)),
                1 => {
                    dict.update_with(key, |_| step);
                    model.insert(key, step);
                }
                2 if noise.below(50) == 0 => {
                    let all = || (0..keys as u64).map(|key| (key, step));
                    dict.update(all());
                    model.extend(all());
                }
                _ => assert_eq!(dict.insert(key, step), model.insert(key, step)),
            }
            if noise.below(3) == 0 {
                kept.push_back((dict.snapshot(), model.clone()));
            }
            // None is kept until the next, or the last is, or some are.
            while kept.len() > (step / 200 % 4) as usize {
                let (snapshot, then) = kept.pop_front().unwrap();
                assert_eq!(snapshot, then, "step {step}");
            }
        }
        assert_eq!(dict.snapshot(), model);
    }
}
