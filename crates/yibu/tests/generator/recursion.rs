//! `delegate`: depth, order, and calls that are given up.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use yibu::generator::GeneratorState::{Complete, Yielded};
use yibu::generator::{BoxGenerator, Co, Nested, SendNested, generator};

use super::{panic_of, poll_once};

const DEEP: u32 = 100_000;

/// Counts the bodies that are there, and that the innermost goes first.
struct Level<'a>(u32, &'a Cell<u32>);

impl<'a> Level<'a> {
    fn new(there: &'a Cell<u32>) -> Self {
        there.set(there.get() + 1);
        Self(there.get(), there)
    }
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        assert_eq!(self.0, self.1.get(), "the innermost first");
        self.1.set(self.1.get() - 1);
    }
}

async fn dive<'d>(mut co: Nested<'d, u32, u32>, depth: u32, there: &'d Cell<u32>) -> u32 {
    let _level = Level::new(there);
    if depth > 1 {
        return co.delegate(|co| dive(co, depth - 1, there)).await + 1;
    }
    if co.yield_(there.get()).await == 0 {
        panic!("at the bottom");
    }
    co.yield_(there.get()).await
}

#[test]
fn recursion_is_not_the_stacks() {
    let there = Cell::new(0);
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        co.delegate(|co| dive(co, DEEP, &there)).await
    }));
    assert_eq!(g.as_mut().start(), Yielded(DEEP));
    assert_eq!(g.as_mut().resume(1), Yielded(DEEP));
    assert_eq!(there.get(), DEEP);
    assert_eq!(g.as_mut().resume(5), Complete(DEEP - 1 + 5));
    assert_eq!(there.get(), 0);
}

#[test]
fn a_deep_recursion_ends_midway_the_innermost_first() {
    type Dive<'a> = yibu::generator::LocalBoxGenerator<'a, u32, u32, u32>;
    let ends: [fn(&mut Dive<'_>); 3] = [
        |_| {},
        |g| g.close(),
        |g| assert_eq!(panic_of(|| g.resume(0)), "at the bottom"),
    ];
    for end in ends {
        let there = Cell::new(0);
        let body = async |mut co: Co<'_, u32, u32>| co.delegate(|co| dive(co, DEEP, &there)).await;
        let mut g = generator(body).boxed_local();
        assert_eq!(g.start(), Yielded(DEEP));
        end(&mut g);
        drop(g);
        assert_eq!(there.get(), 0);
    }
}

/// Has a guard, and never runs.
async fn never(_level: Level<'_>) {
    panic!("it runs");
}

#[test]
fn a_call_that_is_dropped_unpolled_ran_nothing() {
    async fn calls<'d>(mut co: Nested<'d, u32, u32>, there: &'d Cell<u32>) -> u32 {
        let call = co.delegate(|_| never(Level::new(there)));
        assert_eq!(there.get(), 1);
        drop(call);
        assert_eq!(there.get(), 0, "what it has is dropped with it");
        co.yield_(1).await
    }
    let there = Cell::new(0);
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        co.delegate(|co| calls(co, &there)).await
    }));
    assert_eq!(g.as_mut().start(), Yielded(1));
    assert_eq!(g.as_mut().resume(2), Complete(2));
}

#[test]
fn a_call_that_is_polled_and_dropped_for_a_yield_ran_nothing() {
    async fn calls<'d>(mut co: Nested<'d, u32, u32>, there: &'d Cell<u32>) -> u32 {
        let mut call = co.delegate(|_| never(Level::new(there)));
        assert!(poll_once(&mut call).await.is_none());
        drop(call);
        co.yield_(1).await
    }
    let there = Cell::new(0);
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        co.delegate(|co| calls(co, &there)).await
    }));
    assert_eq!(g.as_mut().start(), Yielded(1));
    assert_eq!(there.get(), 0);
    assert_eq!(g.as_mut().resume(2), Complete(2));
}

/// Only one can run: the first is given up for the second, and says so if it is awaited on.
#[test]
fn two_calls_at_once() {
    async fn calls<'d>(mut co: Nested<'d, u32, u32>, there: &'d Cell<u32>) -> u32 {
        let mut first = co.delegate(|co| dive(co, 1, there));
        let second = co.delegate(|co| dive(co, 2, there));
        assert!(poll_once(&mut first).await.is_none());
        let value = second.await;
        value + first.await
    }
    let there = Cell::new(0);
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        co.delegate(|co| calls(co, &there)).await
    }));
    assert_eq!(g.as_mut().start(), Yielded(2));
    assert_eq!(g.as_mut().resume(1), Yielded(2));
    let text = panic_of(|| g.as_mut().resume(1));
    assert!(text.contains("one call at a time"), "{text}");
    assert_eq!(there.get(), 0);
}

/// A walk of random trees, beside the plain recursion.
#[test]
fn a_walk_gives_what_the_plain_recursion_gives() {
    struct Node(u32, Vec<Node>);
    fn grow(seed: &mut u64, depth: u32, next: &mut u32) -> Node {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *next += 1;
        let (number, children) = (*next, if depth == 0 { 0 } else { *seed >> 62 });
        Node(
            number,
            (0..children).map(|_| grow(seed, depth - 1, next)).collect(),
        )
    }
    fn plain(node: &Node, to: &mut Vec<u32>) {
        to.push(node.0);
        node.1.iter().for_each(|child| plain(child, to));
        to.push(0);
    }
    async fn walk<'d>(mut co: Nested<'d, u32>, node: &'d Node) -> u32 {
        co.yield_(node.0).await;
        let mut count = 1;
        for child in &node.1 {
            count += co.delegate(|co| walk(co, child)).await;
        }
        co.yield_(0).await;
        count
    }
    for mut seed in 0..50 {
        let tree = grow(&mut seed, 8, &mut 0);
        let mut expected = Vec::new();
        plain(&tree, &mut expected);
        let nodes = expected.len() as u32 / 2;
        let walked = generator(async |mut co| {
            assert_eq!(co.delegate(|co| walk(co, &tree)).await, nodes);
        });
        assert!(walked.boxed_local().eq(expected));
    }
}

/// Yields its depth on the way down and on the way up; the sum of what was sent, and of what is below.
#[expect(
    clippy::manual_async_fn,
    reason = "of an async fn that calls itself the compiler cannot find out whether it is Send"
)]
fn ladder<'d>(
    mut co: SendNested<'d, u32, u32>,
    depth: u32,
    there: &'d AtomicU32,
) -> impl Future<Output = u32> + Send + 'd {
    async move {
        there.fetch_add(1, Relaxed);
        let mut sum = co.yield_(depth).await;
        if depth > 1 {
            sum += co.delegate(|co| ladder(co, depth - 1, there)).await;
        }
        sum += co.yield_(depth).await;
        there.fetch_sub(1, Relaxed);
        sum
    }
}

#[test]
fn a_recursion_that_may_leave_its_thread_is_resumed_each_time_on_another() {
    const DEPTH: u32 = 40;
    let there = AtomicU32::new(0);
    let mut g: BoxGenerator<'_, u32, u32, u32> = generator(async |mut co: Co<'_, u32, u32>| {
        co.delegate_send(|co| ladder(co, DEPTH, &there)).await
    })
    .boxed();
    assert_eq!(g.start(), Yielded(DEPTH));
    let turns = (1..DEPTH).rev().chain(1..=DEPTH);
    for (sent, depth) in turns.enumerate() {
        let state = std::thread::scope(|scope| scope.spawn(|| g.resume(sent as u32)).join());
        assert_eq!(state.unwrap(), Yielded(depth));
    }
    assert_eq!(there.load(Relaxed), 1);
    let sums = 2 * DEPTH - 1;
    assert_eq!(g.resume(sums), Complete(sums * (sums + 1) / 2));
    assert_eq!(there.load(Relaxed), 0);
}

/// Each value comes back from its own call, whatever its type, and the memory of one call may be that of the next.
#[test]
fn values_of_many_types_come_back() {
    async fn text(mut co: Nested<'_, u32>, depth: u32) -> String {
        co.yield_(depth).await;
        match depth {
            0 => String::new(),
            _ => {
                let numbers = co.delegate(|co| numbers(co, depth - 1)).await;
                numbers.iter().map(u8::to_string).collect()
            }
        }
    }
    async fn numbers(mut co: Nested<'_, u32>, depth: u32) -> Vec<u8> {
        let nothing: () = co.delegate(async |_| ()).await;
        assert_eq!(nothing, ());
        let boxed: Box<dyn std::any::Any> = co
            .delegate(move |_| async move { Box::new(depth) as _ })
            .await;
        let mut numbers = vec![*boxed.downcast::<u32>().unwrap() as u8];
        if depth > 0 {
            let text = co.delegate(|co| text(co, depth - 1)).await;
            numbers.extend(text.bytes());
        }
        numbers
    }
    let mut g = pin!(generator(async |mut co: Co<'_, u32>| {
        co.delegate(|co| text(co, 4)).await
    }));
    assert_eq!(g.as_mut().start(), Yielded(4));
    assert_eq!(g.as_mut().resume(()), Yielded(2));
    assert_eq!(g.as_mut().resume(()), Yielded(0));
    assert_eq!(g.as_mut().resume(()), Complete("349".into()));
}
