//! Who is `Send`, what is borrowed, and generators that change their thread.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::thread;

use yibu::generator::GeneratorState::{Complete, Yielded};
use yibu::generator::{BoxGenerator, Co, generator};

/// Whether the type of an expression is `Send`: by value if it is, else by one more reference.
macro_rules! is_send {
    ($value:expr) => {{
        #[allow(unused_imports)] // One of them is used.
        use probe::{No as _, Yes as _};
        (&probe::Probe::of(&$value)).is_send()
    }};
}

mod probe {
    use std::marker::PhantomData;

    pub(super) struct Probe<T>(PhantomData<T>);

    impl<T> Probe<T> {
        pub(super) fn of(_: &T) -> Self {
            Self(PhantomData)
        }
    }

    pub(super) trait Yes {
        fn is_send(&self) -> bool {
            true
        }
    }

    pub(super) trait No {
        fn is_send(&self) -> bool {
            false
        }
    }

    impl<T: Send> Yes for Probe<T> {}

    impl<T> No for &Probe<T> {}
}

/// Functions of their own, since a body's contents are known where it is whole.
mod bodies {
    use super::{Co, Rc, generator};

    pub(super) fn plain() -> impl Sized {
        generator(async |mut co: Co<'_, u32>| co.yield_(1).await)
    }

    pub(super) fn keeps() -> impl Sized {
        generator(async |mut co: Co<'_, u32>| {
            let kept = Rc::new(1);
            co.yield_(*kept).await;
            drop(kept);
        })
    }

    pub(super) fn captures() -> impl Sized {
        let captured = Rc::new(1);
        generator(async move |mut co: Co<'_, u32>| co.yield_(*captured).await)
    }

    pub(super) fn has_only_between_awaits() -> impl Sized {
        generator(async |mut co: Co<'_, u32>| {
            let number = *Rc::new(1);
            co.yield_(number).await;
        })
    }

    pub(super) fn yields() -> impl Sized {
        generator(async |mut co: Co<'_, Rc<u32>>| co.yield_(Rc::new(1)).await)
    }

    pub(super) fn is_sent() -> impl Sized {
        generator(async |mut co: Co<'_, u32, Rc<u32>>| {
            let number = *co.yield_(1).await;
            co.yield_(number).await;
        })
    }

    pub(super) fn keeps_what_is_sent() -> impl Sized {
        generator(async |mut co: Co<'_, u32, Rc<u32>>| {
            let sent = co.yield_(1).await;
            co.yield_(2).await;
            drop(sent);
        })
    }

    pub(super) fn delegates() -> impl Sized {
        generator(async |mut co: Co<'_, u32>| co.delegate(async |_| ()).await)
    }
}

#[test]
fn a_generator_is_send_if_its_contents_are() {
    assert!(is_send!(bodies::plain()));
    assert!(is_send!(bodies::has_only_between_awaits()));
    assert!(!is_send!(bodies::keeps()));
    assert!(!is_send!(bodies::captures()));
    assert!(!is_send!(bodies::yields()));
    // What is sent lies in no generator, unless its body keeps it.
    assert!(is_send!(bodies::is_sent()));
    assert!(!is_send!(bodies::keeps_what_is_sent()));
    assert!(
        !is_send!(bodies::delegates()),
        "the recursion is counted by one thread"
    );

    let body = async |mut co: Co<'_, u32>| co.yield_(1).await;
    assert!(is_send!(generator(body).boxed()));
    assert!(
        !is_send!(generator(body).boxed_local()),
        "its type has forgotten that it is"
    );
}

#[test]
fn a_body_borrows_from_its_environment() {
    let mut seen = Vec::new();
    let text = String::from("a b c");
    let count = Cell::new(0);
    {
        let words = pin!(generator(async |mut co| {
            for word in text.split(' ') {
                count.set(count.get() + 1);
                seen.push(word);
                co.yield_(word).await;
            }
        }));
        assert!(words.eq(["a", "b", "c"]));
    }
    assert_eq!((seen, count.get()), (vec!["a", "b", "c"], 3));
}

#[test]
fn a_boxed_generator_borrows_too() {
    fn words<'a>(text: &'a str) -> BoxGenerator<'a, &'a str> {
        generator(async move |mut co| co.yield_all(text.split(' ')).await).boxed()
    }
    let text = String::from("a b c");
    assert!(words(&text).eq(["a", "b", "c"]));
}

#[test]
fn a_plain_function_is_a_body() {
    async fn count(mut co: Co<'_, u32>) -> &'static str {
        co.yield_all(0..2).await;
        "done"
    }
    let mut counts = pin!(generator(count));
    assert_eq!(counts.as_mut().start(), Yielded(0));
    assert_eq!(counts.as_mut().resume(()), Yielded(1));
    assert_eq!(counts.as_mut().resume(()), Complete("done"));
}

#[test]
fn each_resume_may_be_on_another_thread() {
    async fn inner(mut co: Co<'_, u64, u64>) -> u64 {
        let mut sum = 0;
        for _ in 0..10 {
            sum += co.yield_(sum).await;
        }
        sum
    }
    let mut sums: BoxGenerator<'_, u64, u64, u64> = generator(async |mut co: Co<'_, u64, u64>| {
        let first = inner(co.reborrow()).await;
        let below = pin!(generator(inner));
        first + co.yield_from(below).await
    })
    .boxed();
    // Each thread makes generators of its own, whose ids would clash with this one's if ids did.
    let own = || generator(async |mut co: Co<'_, u64, u64>| co.yield_(7).await).boxed();
    let mut others = Vec::new();
    for turn in 0..=20 {
        let resumed = thread::spawn(move || {
            let mut other = own();
            assert_eq!(other.start(), Yielded(7));
            let state = if turn == 0 {
                sums.start()
            } else {
                sums.resume(turn)
            };
            (sums, other, state)
        });
        let (back, other, state) = resumed.join().unwrap();
        sums = back;
        others.push(other);
        let expected = match turn {
            20 => Complete((1..=20).sum()),
            0..10 => Yielded((1..=turn).sum()),
            _ => Yielded((11..=turn).sum()),
        };
        assert_eq!(state, expected, "turn {turn}");
    }
    for (turn, other) in others.iter_mut().enumerate() {
        assert_eq!(other.resume(turn as u64), Complete(turn as u64));
    }
}

#[test]
fn many_at_once_keep_apart() {
    let make = |n: u64| {
        generator(async move |mut co: Co<'_, u64, u64>| {
            let mut sum = n;
            loop {
                sum += co.yield_(sum).await;
            }
        })
        .boxed()
    };
    let mut many: Vec<BoxGenerator<'_, u64, u64, ()>> = (0..100).map(make).collect();
    for (n, one) in many.iter_mut().enumerate() {
        assert_eq!(one.start(), Yielded(n as u64));
    }
    for round in 1..=10 {
        for (n, one) in many.iter_mut().enumerate() {
            assert_eq!(one.resume(n as u64), Yielded(n as u64 * (round + 1)));
        }
        many.rotate_left(37);
        many.sort_by_key(|one| std::ptr::from_ref(one) as usize);
        many.rotate_right(37);
    }
}
