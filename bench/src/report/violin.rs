//! The outline of a violin plot: how dense the values are along their range.
#![forbid(unsafe_code)]

/// Points at which the density is taken.
const POINTS: usize = 64;

/// A density, scaled so that its highest point is one.
pub(super) struct Violin {
    /// Places and densities.
    points: Vec<(f64, f64)>,
}

impl Violin {
    /// A Gaussian kernel density estimate, with Silverman's rule of thumb for its width (Density Estimation for Statistics and Data
    /// Analysis, 1986, equation 3.31).
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let deviation = (values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / count)
            .sqrt();
        let width = (0.9 * deviation.min(quartiles(values) / 1.34) * count.powf(-0.2)).max(1e-3);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min) - 2.0 * width;
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 2.0 * width;
        let density = |at: f64| {
            values
                .iter()
                .map(|value| (-0.5 * ((at - value) / width).powi(2)).exp())
                .sum::<f64>()
        };
        let place = |index: usize| least + (most - least) * index as f64 / (POINTS - 1) as f64;
        let mut points: Vec<_> = (0..POINTS)
            .map(|index| (place(index), density(place(index))))
            .collect();
        let highest = points
            .iter()
            .map(|(_, density)| *density)
            .fold(f64::MIN_POSITIVE, f64::max);
        points
            .iter_mut()
            .for_each(|(_, density)| *density /= highest);
        Self { points }
    }

    /// The closed outline: above the middle from left to right, and back below it.
    pub(super) fn outline(
        &self,
        x: impl Fn(f64) -> i32,
        middle: i32,
        half_height: f64,
    ) -> Vec<(i32, i32)> {
        let height = |density: f64| (density * half_height).round() as i32;
        let above = self
            .points
            .iter()
            .map(|&(place, density)| (x(place), middle - height(density)));
        let below = self
            .points
            .iter()
            .rev()
            .map(|&(place, density)| (x(place), middle + height(density)));
        above.chain(below).collect()
    }
}

/// The distance between the quartiles.
fn quartiles(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        count => sorted[count * 3 / 4] - sorted[count / 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_widest_where_most_values_are() {
        let values = [1.0, 1.01, 1.02, 1.0, 0.99, 2.0];
        let violin = Violin::of(&values);
        let (place, _) = violin
            .points
            .iter()
            .copied()
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .unwrap();
        assert!((0.95..1.05).contains(&place), "{place}");
        let outline = violin.outline(|place| (place * 100.0) as i32, 50, 10.0);
        let heights = outline.iter().map(|(_, y)| *y);
        assert_eq!((heights.clone().min(), heights.max()), (Some(40), Some(60)));
    }

    #[test]
    fn one_value_and_equal_values_have_an_outline() {
        for values in [&[3.0][..], &[2.0, 2.0, 2.0]] {
            assert!(
                Violin::of(values)
                    .points
                    .iter()
                    .all(|(place, density)| place.is_finite() && density.is_finite())
            );
        }
    }
}
