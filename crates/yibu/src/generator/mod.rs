//! Generators: functions that stop at a `yield` and go on from there. Python's, on stable Rust, at little more than the cost of a loop.
//!
//! ```
//! use std::pin::pin;
//! use yibu::generator;
//!
//! let squares = pin!(generator(async |mut co| {
//!     for number in 1..=4 {
//!         co.yield_(number * number).await;
//!     }
//! }));
//! assert_eq!(squares.sum::<u32>(), 30);
//! ```
//!
//! | Python | here |
//! |---|---|
//! | `yield value` | [`co.yield_(value).await`](Co::yield_) |
//! | `next(g)`, `for value in g` | [`start`](Generator::start), `for value in g` |
//! | `g.send(value)` | [`resume(value)`](Generator::resume) |
//! | `g.throw(error)` | [`throw(error)`](Generator::throw), where a `Result` is sent |
//! | `g.close()` | [`close`](Generator::close), or dropping it |
//! | `return value`, `StopIteration(value)` | the body's value, [`Complete(value)`](GeneratorState::Complete) |
//! | `yield from inner(…)` | [`inner(co.reborrow(), …).await`](Co::reborrow); recursive: [`delegate`](Co::delegate) |
//! | `yield from generator` | [`yield_from`](Co::yield_from) |
//! | `yield from iterable` | [`yield_all`](Co::yield_all) |
//! | `async def` with `yield` | the same body, which awaits what it likes: [`stream`](Generator::stream), or [`resume_async`](Generator::resume_async) |
//! | coroutines before `async` | [`Scheduler`], whose coroutines yield what they [wait](Wait) for |
//!
//! # How it works
//!
//! The body is an `async` closure, which the compiler makes into a state machine: a value that is polled, runs to its next await, and keeps there what it needs later. An event loop polls
//! such a value when somebody has woken it. A generator is one that nobody wakes: it is polled by whoever wants the next value, and what it yields and is sent lies, for the time of that
//! poll, in a cell on the stack of that caller. The thread knows the innermost of these, and `yield_` finds it there, so nothing points into the generator: it can be moved until it is first
//! polled (in a box always), and sent to another thread and dropped at any time. Where the compiler sees both ends nothing is left of the cell, and a loop over a generator is then the loop
//! that one would have written; in a box it sees them together too, behind one call through a pointer. `docs/numbers.md` has figures.
//!
//! So all rules of `async` hold: what is kept across a `yield_` is a part of the generator and may be borrowed there; destructors run when it is dropped; and a body that awaits
//! something else than its own yield needs an event loop, which a plain resume says by [an error of its own](ResumeError::Foreign).
//!
//! What differs from Python: which errors can be thrown is said by a type; a body cannot catch being closed, nor go on after it; a generator cannot be resumed by itself, which does not compile.

mod body;
mod boxed;
mod callee;
mod co;
mod delegate;
#[cfg(doctest)]
mod does_not_compile;
mod errors;
mod frame;
mod peek;
mod resume;
mod scheduler;

pub use body::Body;
pub use boxed::{BoxGenerator, Boxed, LocalBoxGenerator};
pub use co::{Co, Yield};
pub use delegate::{Call, Delegate, Nested, Recursive, SendNested};
pub use errors::{ResumeError, StartError};
pub use resume::{Generator, GeneratorState, Resume, Values, generator};
pub use scheduler::{Ended, Scheduler, Sent, Wait, as_task};
