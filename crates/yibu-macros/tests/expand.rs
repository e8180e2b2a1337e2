//! What the attributes make of a function, with a `run` that only polls.
#![forbid(unsafe_code)]

extern crate self as yibu;

use std::cell::Cell;
use std::future::Future;
use std::num::ParseIntError;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

thread_local! {
    static RUNS: Cell<usize> = const { Cell::new(0) };
}

/// Stands in for `yibu::run`.
pub fn run<F: Future>(future: F) -> F::Output {
    RUNS.with(|runs| runs.set(runs.get() + 1));
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Documented, public, with a return type to infer.
#[yibu_macros::main]
pub async fn parse() -> Result<u8, ParseIntError> {
    let number: u8 = "41".parse()?;
    Ok(number + 1)
}

#[test]
fn main_runs_the_body_once() {
    assert_eq!(parse(), Ok(42));
    assert_eq!(RUNS.with(Cell::get), 1);
}

#[yibu_macros::test]
async fn runs_in_run() {
    assert_eq!(RUNS.with(Cell::get), 1);
}

#[yibu_macros::test]
async fn may_return_a_result() -> Result<(), ParseIntError> {
    "1".parse::<u8>().map(drop)
}

#[yibu_macros::test]
#[should_panic(expected = "as it should")]
async fn may_panic() {
    panic!("as it should");
}

#[yibu_macros::test]
#[ignore = "it would fail"]
async fn is_ignored() {
    unreachable!();
}
