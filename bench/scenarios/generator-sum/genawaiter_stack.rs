//! genawaiter, on the stack.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::{PLAIN, fold_all, run};
use genawaiter::stack::{Co, let_gen_using};

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("genawaiter", |orders| run(orders, &[(PLAIN, plain)]));

async fn numbers(co: Co<'_, u64>, count: u64) {
    for number in 0..count {
        co.yield_(number).await;
    }
}

fn plain(count: u64) -> u64 {
    let_gen_using!(all, |co| numbers(co, count));
    fold_all(all.into_iter())
}
