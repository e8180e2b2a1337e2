//! What the scenarios `generator-…` share: the numbers that are yielded, what is made of them, and the limits' machines.
#![forbid(unsafe_code)]

mod machine;
mod nightly;
mod tree;

pub(crate) use machine::{Counter, Machine, Outer};
pub(crate) use nightly::nightly;
pub(crate) use tree::{Node, Tree};

use crate::Result;
use crate::contestant::Orders;
use crate::harness::{Bar, Metric, Most};

/// How a generator is used: on the stack, and its type known; or in a box, and its type hidden.
pub(crate) const PLAIN: &str = "plain";
pub(crate) const BOXED: &str = "boxed";

/// What is made of the numbers, one after the other. Every step needs the one before, so that no optimiser makes one of several, and the numbers stay small.
#[inline(always)]
pub(crate) fn fold(sum: u64, number: u64) -> u64 {
    sum / 2 + number
}

/// The numbers from 0, so many, folded: 3 or more.
pub(crate) fn folded(count: u64) -> u64 {
    2 * count - 4
}

/// The folded sums that [`folded`] went through, folded themselves: those of 100 or more numbers, the first being 0, the last left out.
pub(crate) fn folded_twice(count: u64) -> u64 {
    4 * count - 16
}

/// What an iterator yields, folded.
#[inline(always)]
pub(crate) fn fold_all(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut sum = 0;
    for number in numbers {
        sum = fold(sum, number);
    }
    sum
}

/// What a contestant does in a variant with so many numbers.
type Way = (&'static str, fn(u64) -> u64);

/// Carries out the orders with the function for their variant.
pub(crate) fn run(orders: Orders, ways: &[Way]) -> Result<()> {
    let way = ways
        .iter()
        .find(|(variant, _)| *variant == orders.variant());
    let (_, work) = way.ok_or("it has no such variant")?;
    orders.run(work)
}

/// Instructions of a resume, where wall times flip between two levels: a tenth more than the hand-written one's, or one.
pub(crate) const fn few_instructions(variant: &'static str) -> Bar {
    Bar {
        contestant: "yibu",
        variant,
        metric: Metric::INSTRUCTIONS,
        most: Most::OfLimitOrMore(1.1, 1.0),
    }
}

/// In time.
pub(crate) const fn takes_at_most(variant: &'static str, most: Most) -> Bar {
    Bar {
        contestant: "yibu",
        variant,
        metric: Metric::WALL,
        most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_known_without_the_numbers() {
        let (mut sum, mut twice) = (0, 0);
        for number in 0..10_000 {
            if number >= 3 {
                assert_eq!(folded(number), sum);
            }
            if number >= 100 {
                assert_eq!(folded_twice(number), twice);
            }
            twice = fold(twice, sum);
            sum = fold(sum, number);
        }
    }
}
