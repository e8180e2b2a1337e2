//! Rounds in which the machine was in another state: all contestants slower, or faster, at once.
//!
//! A shared host has such states, for seconds or minutes: a neighbour on the same core, another clock rate. They do not cancel out in ratios, since what is the kernel's
//! suffers more than what is the program's (30 % and 7 % were seen): a run that changes between two states has the ratios of both, and its
//! median means neither. So the rounds of the state that is the rarer are left out, and the results say how many they are. Nobody's own noise leaves a round out, since
//! it takes half of the contestants.
#![forbid(unsafe_code)]

use super::median;

/// How far from the usual the middle contestant must be.
const ANOTHER: f64 = 1.1;
/// Fewer than this have no usual.
const CONTESTANTS: usize = 3;
/// As many rounds remain at least: they bound a median with 95 %.
const REMAIN: usize = 6;

/// The rounds to be left out, where each contestant has values with their rounds. None if fewer than half, or too few, would remain.
pub(super) fn left_out(contestants: &[Vec<(usize, f64)>]) -> Vec<usize> {
    let usual = |values: &Vec<(usize, f64)>| {
        let values: Vec<_> = values.iter().map(|(_, value)| *value).collect();
        (!values.is_empty()).then(|| median(&values))
    };
    let usual: Vec<_> = contestants.iter().map(usual).collect();
    let rounds = contestants.iter().flatten().map(|(round, _)| round + 1);
    let rounds = rounds.max().unwrap_or(0);
    let is_another = |round: &usize| {
        let slower = contestants
            .iter()
            .zip(&usual)
            .filter_map(|(values, usual)| {
                let (_, value) = values.iter().find(|(of, _)| of == round)?;
                Some(value / (*usual)?)
            });
        let slower: Vec<_> = slower.filter(|slower| slower.is_finite()).collect();
        slower.len() >= CONTESTANTS && !(1.0 / ANOTHER..=ANOTHER).contains(&median(&slower))
    };
    let out: Vec<_> = (0..rounds).filter(is_another).collect();
    let remain = rounds - out.len();
    if remain < REMAIN || remain < out.len() {
        return Vec::new();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(values: impl IntoIterator<Item = f64>) -> Vec<(usize, f64)> {
        values.into_iter().enumerate().collect()
    }

    #[test]
    fn a_round_in_which_all_are_slower_is_left_out() {
        let slow = |round| if [2, 7].contains(&round) { 1.3 } else { 1.0 };
        let of = |base: f64| contestant((0..10).map(|round| base * slow(round)));
        assert_eq!(left_out(&[of(5.0), of(6.0), of(20.0)]), [2, 7]);
    }

    #[test]
    fn one_that_is_noisy_leaves_nothing_out() {
        let steady = || contestant([1.0; 10]);
        let noisy = contestant((0..10).map(|round| 1.0 + f64::from(round % 3)));
        assert!(left_out(&[steady(), steady(), noisy]).is_empty());
        let two = contestant((0..10).map(|round| if round == 0 { 2.0 } else { 1.0 }));
        assert!(
            left_out(&[two.clone(), two]).is_empty(),
            "two have no usual"
        );
    }

    #[test]
    fn enough_remain() {
        let of = |slow: usize, all: usize| {
            contestant((0..all).map(|round| if round < slow { 1.5 } else { 1.0 }))
        };
        assert!(left_out(&[of(1, 6), of(1, 6), of(1, 6)]).is_empty());
        assert_eq!(left_out(&[of(1, 7), of(1, 7), of(1, 7)]), [0]);
    }

    #[test]
    fn a_contestant_may_lack_rounds() {
        let whole = || contestant((0..8).map(|round| if round == 3 { 1.5 } else { 1.0 }));
        let gone = vec![(0, 1.0)];
        assert_eq!(
            left_out(&[whole(), whole(), whole(), gone, Vec::new()]),
            [3]
        );
    }
}
