//! What getters got, as the number that proves it.
#![forbid(unsafe_code)]

use std::iter::Sum;

/// How many items, and their sum, which wraps.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) items: u64,
    pub(crate) sum: u64,
}

impl Tally {
    /// Of the items 0, 1, …, `items` - 1, each once.
    pub(crate) fn of_all(items: u64) -> Self {
        let sum = sum_below(items);
        Self { items, sum }
    }

    /// Both in one number: another count or another sum gives another, unless both are wrong in a way that is as good as a hash's collision.
    pub(crate) fn proof(self) -> u64 {
        // Odd, so that each count has a product of its own.
        self.items
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(self.sum)
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |all, one| Self {
            items: all.items + one.items,
            sum: all.sum.wrapping_add(one.sum),
        })
    }
}

/// 0 + 1 + … + (`count` - 1), which wraps.
fn sum_below(count: u64) -> u64 {
    let (even, odd) = match count % 2 {
        0 => (count / 2, count.wrapping_sub(1)),
        _ => (count.wrapping_sub(1) / 2, count),
    };
    even.wrapping_mul(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_and_a_doubled_item_are_found() {
        let right = Tally::of_all(1000);
        assert_eq!(right.sum, 499_500);
        let doubled = Tally {
            sum: right.sum + 1,
            ..right
        };
        let lost = Tally {
            items: 999,
            ..right
        };
        assert_ne!(doubled.proof(), right.proof());
        assert_ne!(lost.proof(), right.proof());
        let halves = [
            Tally { items: 500, sum: 1 },
            Tally {
                items: 500,
                sum: 499_499,
            },
        ];
        assert_eq!(halves.into_iter().sum::<Tally>().proof(), right.proof());
    }

    #[test]
    fn sums_of_odd_and_even_counts() {
        let sums: Vec<_> = (0..5).map(sum_below).collect();
        assert_eq!(sums, [0, 0, 1, 3, 6]);
    }
}
