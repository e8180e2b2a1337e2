//! Every way to end a generator, at every state: each destructor runs once, the innermost first; or never, if it is leaked.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Mutex;

use yibu::generator::GeneratorState::{Complete, Yielded};
use yibu::generator::{Body, Co, LocalBoxGenerator, Nested, StartError, generator};

use super::polls;

/// The guards that are there, the innermost last, and how many have gone.
#[derive(Default)]
struct Guards {
    there: RefCell<Vec<&'static str>>,
    gone: RefCell<Vec<&'static str>>,
}

struct Guard<'a>(&'static str, &'a Guards);

impl Guards {
    fn guard(&self, name: &'static str) -> Guard<'_> {
        self.there.borrow_mut().push(name);
        Guard(name, self)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let last = self.1.there.borrow_mut().pop();
        assert_eq!(last, Some(self.0), "the innermost first, and each once");
        self.1.gone.borrow_mut().push(self.0);
    }
}

/// Stops at each state in turn, and says where: `STATES`.
async fn tour(mut co: Co<'_, &'static str>, guards: &Guards) {
    let _outer = guards.guard("outer");
    co.yield_("suspended").await;
    reborrowed(co.reborrow(), guards).await;
    co.delegate(|co| delegated(co, guards, 3)).await;
    let below = pin!(generator(async |co| reborrowed(co, guards).await));
    co.yield_from(below).await;
    let mut boxed = generator(async |co| reborrowed(co, guards).await).boxed_local();
    co.yield_from(boxed.as_pin()).await;
    let _awaiting = guards.guard("awaiting");
    polls(1).await;
    co.yield_("awaited").await;
}

async fn reborrowed(mut co: Co<'_, &'static str>, guards: &Guards) {
    let _inner = guards.guard("inner");
    co.yield_("inner").await;
}

async fn delegated<'d>(mut co: Nested<'d, &'static str>, guards: &'d Guards, depth: u32) {
    let _level = guards.guard("level");
    co.yield_("going down").await;
    if depth > 0 {
        co.delegate(|co| delegated(co, guards, depth - 1)).await;
        co.yield_("going up").await;
    }
}

/// How many resumes there are to the await; of which the last finds it.
const RESUMES: usize = 11;

/// How a generator may end.
#[derive(Clone, Copy, Debug)]
enum End {
    Close,
    CloseTwice,
    Drop,
    Unwind,
    Leak,
}

const ENDS: [End; 5] = [
    End::Close,
    End::CloseTwice,
    End::Drop,
    End::Unwind,
    End::Leak,
];

/// A generator, and how it is held.
trait Held {
    fn advance(&mut self) -> Result<Option<&'static str>, StartError>;
    fn shut(&mut self);
}

impl<B: Body<&'static str, (), Return = ()>> Held
    for Pin<Box<yibu::generator::Generator<&'static str, (), B>>>
{
    fn advance(&mut self) -> Result<Option<&'static str>, StartError> {
        let state = match self.is_started() {
            false => self.as_mut().try_start(),
            true => self
                .as_mut()
                .try_resume(())
                .map_err(|_| StartError::Foreign),
        };
        state.map(|state| match state {
            Yielded(place) => Some(place),
            Complete(()) => None,
        })
    }

    fn shut(&mut self) {
        self.as_mut().close();
    }
}

impl Held for LocalBoxGenerator<'_, &'static str> {
    fn advance(&mut self) -> Result<Option<&'static str>, StartError> {
        let state = match self.is_started() {
            false => self.try_start(),
            true => self.try_resume(()).map_err(|_| StartError::Foreign),
        };
        state.map(|state| match state {
            Yielded(place) => Some(place),
            Complete(()) => None,
        })
    }

    fn shut(&mut self) {
        self.close();
    }
}

/// Brings a generator to a state, and ends it there.
fn end_at<'a>(mut held: Box<dyn Held + 'a>, resumes: usize, end: End, guards: &Guards) {
    for resume in 0..resumes {
        let advanced = held.advance();
        let is_awaiting = resume == RESUMES;
        assert_eq!(advanced.is_err(), is_awaiting, "{advanced:?} at {resume}");
    }
    let there = guards.there.borrow().clone();
    guards.gone.take();
    let expected: Vec<&str> = there.iter().rev().copied().collect();
    match end {
        End::Close => {
            held.shut();
            assert_eq!(*guards.gone.borrow(), expected, "before it is dropped");
            drop(held);
        }
        End::CloseTwice => {
            held.shut();
            held.shut();
            drop(held);
        }
        End::Drop => drop(held),
        End::Unwind => {
            let unwound = catch_unwind(AssertUnwindSafe(move || {
                let _held = held;
                resume_unwind(Box::new(()))
            }));
            assert!(unwound.is_err());
        }
        End::Leak => {
            leak(held);
            assert!(guards.gone.borrow().is_empty());
            return;
        }
    }
    assert_eq!(*guards.gone.borrow(), expected, "{end:?} after {resumes}");
}

/// Forgets a box, where a leak checker finds it: it is the test's wish.
fn leak<T: ?Sized>(held: Box<T>) {
    static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let leaked = std::ptr::from_mut(Box::leak(held)).cast::<()>() as usize;
    LEAKED.lock().unwrap().push(leaked);
}

#[test]
fn each_end_at_each_state() {
    let mut places = Vec::new();
    for end in ENDS {
        for resumes in 0..=RESUMES + 1 {
            // What is leaked borrows it, and outlives it.
            let guards = &Guards::default();
            let body = async |co: Co<'_, &'static str>| tour(co, guards).await;
            end_at(Box::new(Box::pin(generator(body))), resumes, end, guards);
            places.push(guards.gone.borrow().len());
            let guards = &Guards::default();
            let body = async |co: Co<'_, &'static str>| tour(co, guards).await;
            end_at(
                Box::new(generator(body).boxed_local()),
                resumes,
                end,
                guards,
            );
        }
    }
    assert!(
        places.contains(&5),
        "the recursion at its deepest, and the outer body"
    );
    assert!(places.contains(&0), "one that was not started");
}

/// The tour has a state for each of these; else a mistake in it would leave one out.
#[test]
fn the_tour_passes_all_states() {
    let guards = Guards::default();
    let mut g = generator(async |co: Co<'_, &'static str>| tour(co, &guards).await).boxed_local();
    let mut places = Vec::new();
    while let Ok(place) = g.advance() {
        places.push(place.unwrap());
    }
    assert_eq!(places.len(), RESUMES);
    let down = ["going down"; 4];
    let up = ["going up"; 3];
    assert_eq!(places[..2], ["suspended", "inner"]);
    assert_eq!(places[2..6], down);
    assert_eq!(places[6..9], up);
    assert_eq!(places[9..], ["inner"; 2]);
    assert_eq!(*guards.there.borrow(), ["outer", "awaiting"]);
}

#[test]
fn a_body_that_panics_has_finished_and_dropped_what_it_had() {
    let guards = Guards::default();
    for depth in 0..4 {
        async fn fall<'d>(mut co: Nested<'d, u32>, depth: u32, guards: &'d Guards) {
            let _level = guards.guard("level");
            co.yield_(depth).await;
            if depth == 0 {
                panic!("fell");
            }
            co.delegate(|co| fall(co, depth - 1, guards)).await;
        }
        let mut g = pin!(generator(async |mut co| {
            let _outer = guards.guard("outer");
            co.delegate(|co| fall(co, depth, &guards)).await;
        }));
        assert_eq!(g.as_mut().start(), Yielded(depth));
        for level in (0..depth).rev() {
            assert_eq!(g.as_mut().resume(()), Yielded(level));
        }
        assert_eq!(super::panic_of(|| g.as_mut().resume(())), "fell");
        assert_eq!(*guards.there.borrow(), [""; 0]);
        assert!(g.is_finished());
        assert_eq!(g.as_mut().next(), None);
        assert_eq!(g.as_mut().try_start(), Err(StartError::Finished));
        g.close();
    }
}

/// One that panics while it is dropped does not keep the others from being dropped.
#[test]
fn a_destructor_that_panics() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a destructor");
        }
    }
    async fn fall<'d>(mut co: Nested<'d, u32>, depth: u32, guards: &'d Guards) {
        let _panics = (depth == 0).then(|| Panics);
        match depth {
            0 => co.yield_(0).await,
            _ => co.delegate(|co| fall(co, depth - 1, guards)).await,
        }
    }
    let guards = Guards::default();
    let mut g = pin!(generator(async |mut co: Co<'_, u32>| {
        let _outer = guards.guard("outer");
        co.delegate(|co| fall(co, 3, &guards)).await;
    }));
    let _ = g.as_mut().start();
    assert_eq!(super::panic_of(|| g.as_mut().close()), "a destructor");
    assert!(g.is_finished());
    assert_eq!(*guards.there.borrow(), [""; 0]);
}
