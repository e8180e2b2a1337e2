use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::*;

struct Number {
    id: usize,
    fired: Arc<AtomicUsize>,
}

impl Wake for Number {
    fn wake(self: Arc<Self>) {
        self.fired.store(self.id, Ordering::Relaxed);
    }
}

/// Hands out wakers that tell which one they are.
#[derive(Default)]
struct Numbers(Arc<AtomicUsize>);

impl Numbers {
    fn waker(&self, id: usize) -> LocalWaker {
        let fired = self.0.clone();
        LocalWaker::new(&Waker::from(Arc::new(Number { id, fired })))
    }

    fn expire(&self, wheel: &mut Wheel, now: Instant) -> Vec<usize> {
        let mut due = Vec::new();
        wheel.expire(now, &mut due);
        due.into_iter()
            .map(|waker| {
                waker.wake();
                self.0.load(Ordering::Relaxed)
            })
            .collect()
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn never_early_and_at_most_a_tick_late() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    for micros in [
        0,
        1,
        999,
        1_000,
        1_001,
        64_000,
        64_001,
        4_096_000,
        300_000_007,
    ] {
        let mut wheel = Wheel::new(start);
        let deadline = start + Duration::from_micros(micros);
        wheel.insert(deadline, numbers.waker(7));
        if let Some(before) = deadline
            .checked_sub(Duration::from_nanos(1))
            .filter(|before| *before >= start)
        {
            assert_eq!(
                numbers.expire(&mut wheel, before),
                [],
                "{micros} us came early"
            );
        }
        assert!(
            wheel.next_deadline().unwrap() <= deadline + ms(1),
            "{micros} us would be slept through"
        );
        assert_eq!(
            numbers.expire(&mut wheel, deadline + ms(1)),
            [7],
            "{micros} us came late"
        );
        assert!(wheel.is_empty() && wheel.next_deadline().is_none());
    }
}

#[test]
fn equal_ticks_keep_their_order_through_a_cascade() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    wheel.insert(start + ms(100), numbers.waker(1));
    assert_eq!(numbers.expire(&mut wheel, start + ms(90)), []);
    wheel.insert(start + ms(100), numbers.waker(2));
    wheel.insert(start + ms(99), numbers.waker(3));
    assert_eq!(numbers.expire(&mut wheel, start + ms(5_000)), [3, 1, 2]);
}

#[test]
fn a_deadline_that_has_passed_is_due_at_once() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    assert_eq!(numbers.expire(&mut wheel, start + ms(1_000)), []);
    wheel.insert(start + ms(3), numbers.waker(1));
    assert!(wheel.next_deadline().unwrap() <= start + ms(1_000));
    assert_eq!(numbers.expire(&mut wheel, start + ms(1_000)), [1]);
}

#[test]
fn a_stale_key_finds_nothing() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    let old = wheel.insert(start + ms(5), numbers.waker(1));
    assert!(wheel.remove(old).is_some());
    assert!(wheel.remove(old).is_none());
    let new = wheel.insert(start + ms(5), numbers.waker(2));
    assert_eq!(old.index, new.index, "the entry is used again");
    assert!(wheel.remove(old).is_none());
    let refused = wheel.replace(old, numbers.waker(3));
    drop(refused);
    assert_eq!(wheel.len(), 1);
    assert_eq!(numbers.expire(&mut wheel, start + ms(5)), [2]);
    assert!(wheel.remove(new).is_none());
}

#[test]
fn an_entry_without_generations_left_is_retired() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    let first = wheel.insert(start, numbers.waker(1));
    wheel.entries[first.index as usize].generation = u32::MAX;
    let last = TimerKey {
        generation: u32::MAX,
        ..first
    };
    assert!(wheel.remove(last).is_some());
    assert_ne!(wheel.insert(start, numbers.waker(2)).index, first.index);
    assert!(wheel.remove(last).is_none());
}

#[test]
fn another_waker_replaces_the_first() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    let key = wheel.insert(start + ms(1), numbers.waker(1));
    assert_eq!(wheel.will_wake(key, Waker::noop()), Some(false));
    drop(wheel.replace(key, numbers.waker(2)));
    assert_eq!(numbers.expire(&mut wheel, start + ms(1)), [2]);
    assert_eq!(wheel.will_wake(key, Waker::noop()), None);
}

#[test]
fn the_far_future_does_not_overflow() {
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    let mut far = start;
    for shift in (0..64).rev() {
        far = far
            .checked_add(Duration::from_secs(1 << shift))
            .unwrap_or(far);
    }
    wheel.insert(far, numbers.waker(1));
    assert!(wheel.next_deadline().unwrap() > start + ms(1_000));
    assert_eq!(
        numbers.expire(&mut wheel, start + Duration::from_secs(1 << 32)),
        []
    );
    assert_eq!(wheel.len(), 1);
}

/// Random insertions, removals and jumps of the clock against an ordered map.
#[test]
fn agrees_with_an_ordered_map() {
    let seed = std::env::var("YIBU_TEST_SEED")
        .ok()
        .map_or(0x5eed, |seed| seed.parse().unwrap());
    eprintln!("YIBU_TEST_SEED={seed}");
    let mut state: u64 = seed;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (start, numbers) = (Instant::now(), Numbers::default());
    let mut wheel = Wheel::new(start);
    let mut model: BTreeMap<(u64, usize), TimerKey> = BTreeMap::new();
    let mut now = 0;
    for id in 0..20_000 {
        let reach = random(24);
        let tick = now + random(1 << reach);
        model.insert(
            (tick, id),
            wheel.insert(start + ms(tick), numbers.waker(id)),
        );
        if random(3) == 0 {
            let nth = random(model.len() as u64) as usize;
            let (place, key) = model
                .iter()
                .nth(nth)
                .map(|(place, key)| (*place, *key))
                .unwrap();
            model.remove(&place);
            assert!(wheel.remove(key).is_some());
        }
        if random(4) == 0 {
            let reach = random(18);
            now += random(1 << reach);
            let later = model.split_off(&(now + 1, 0));
            let expected: Vec<usize> = std::mem::replace(&mut model, later)
                .into_keys()
                .map(|(_, id)| id)
                .collect();
            assert_eq!(numbers.expire(&mut wheel, start + ms(now)), expected);
        }
        assert_eq!(wheel.len(), model.len());
        let first = model.keys().next().map(|(tick, _)| start + ms(*tick));
        assert!(wheel.next_deadline() <= first || first.is_none());
        assert_eq!(wheel.next_deadline().is_none(), first.is_none());
    }
}
