//! Medians and how far to trust them.

#![forbid(unsafe_code)]

/// The median of `values`; with an even number of them the mean of the middle two.
///
/// # Panics
///
/// If there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    } else {
        sorted[middle]
    }
}

/// A median with the bounds between which the true one lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
    /// The probability that the bounds hold, at least 0.95 from six values on; with fewer there are no such bounds, and
    /// these are the smallest and the largest value.
    pub(crate) confidence: f64,
}

/// The median of `values` and its interval, from the order of the values alone: the true median lies between the k-th
/// smallest and the k-th largest with a probability that the binomial distribution gives, whatever the values'
/// distribution (Conover, Practical Nonparametric Statistics, section 3.2).
///
/// # Panics
///
/// If there is no value.
pub(crate) fn interval(values: &[f64]) -> Interval {
    let sorted = sorted(values);
    let n = sorted.len();
    // `outside` is the probability that the true median lies below the (k + 1)-th smallest value: at most k tosses of n are heads.
    let mut toss = 0.5_f64.powi(i32::try_from(n).expect("few rounds"));
    let mut outside = toss;
    let mut k = 0;
    while k + 1 < n / 2 {
        let next = toss * (n - k) as f64 / (k + 1) as f64;
        if outside + next > 0.025 {
            break;
        }
        toss = next;
        outside += next;
        k += 1;
    }
    Interval {
        low: sorted[k],
        median: median(values),
        high: sorted[n - 1 - k],
        confidence: 1.0 - 2.0 * outside,
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    assert!(!values.is_empty(), "a median of nothing");
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_odd_and_even_numbers_of_values() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn twenty_values_are_bounded_by_the_sixth_and_the_fifteenth() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        let found = interval(&values);
        assert_eq!((found.low, found.median, found.high), (6.0, 10.5, 15.0));
        assert!(
            (found.confidence - 0.9586).abs() < 1e-4,
            "{}",
            found.confidence
        );
    }

    #[test]
    fn few_values_have_no_interval_of_95_percent() {
        let found = interval(&[2.0, 1.0, 3.0]);
        assert_eq!((found.low, found.high), (1.0, 3.0));
        assert!(found.confidence < 0.95);
        assert_eq!(interval(&[7.0]).low, 7.0);
    }
}
