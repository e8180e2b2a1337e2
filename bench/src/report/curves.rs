//! How a cost grows, as a picture: a scenario's variants that differ in a number alone, along an axis.
#![forbid(unsafe_code)]

use super::plot::{self, color, label, number};
use crate::Result;
use crate::harness::{Metric, Results};
use crate::registry::Kind;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::path::Path;

const SIZE: (u32, u32) = (900, 520);
/// Left, top, right, bottom of where the curves are.
const ROOM: (i32, i32, i32, i32) = (70, 62, 740, 470);
/// So far apart are names at least.
const NAME: i32 = 16;

/// One contestant.
struct Curve {
    name: String,
    kind: Kind,
    /// The variants' numbers, and the medians.
    points: Vec<(f64, f64)>,
}

/// Draws the medians of a metric over the variants' number into an SVG file; nothing if the variants are no such row.
pub(crate) fn curves(all: &[Results], metric: Metric, path: &Path) -> Result<bool> {
    let variants: Option<Vec<_>> = all.iter().map(|results| row(results.variant)).collect();
    let Some((what, numbers)) = variants.and_then(one_row) else {
        return Ok(false);
    };
    let mut curves: Vec<Curve> = Vec::new();
    for (results, &at) in all.iter().zip(&numbers) {
        for outcome in &results.outcomes {
            let Some(row) = results.row(outcome, metric) else {
                continue;
            };
            let name = outcome.contestant.to_owned();
            let known = curves.iter().position(|curve| curve.name == name);
            let index = known.unwrap_or_else(|| {
                let (kind, points) = (outcome.kind, Vec::new());
                curves.push(Curve { name, kind, points });
                curves.len() - 1
            });
            curves[index].points.push((at, row.median));
        }
    }
    let title = format!("{}: {} over the {what}", all[0].scenario, metric.about);
    let note = format!(
        "{}; medians; both axes are logarithmic; {} is better",
        metric.unit,
        metric.better.name()
    );
    draw(&curves, &title, &note, path)
}

/// What a variant counts, and the number.
fn row(variant: &str) -> Option<(&str, f64)> {
    let (what, number) = variant.rsplit_once(' ')?;
    let number: f64 = number.replace(',', "").parse().ok()?;
    (number > 0.0).then_some((what, number))
}

/// The numbers, if there are some and they count the same.
fn one_row(variants: Vec<(&str, f64)>) -> Option<(&str, Vec<f64>)> {
    let (what, _) = *variants.first()?;
    let is_row = variants.len() > 2 && variants.iter().all(|(other, _)| *other == what);
    is_row.then(|| {
        (
            what,
            variants.into_iter().map(|(_, number)| number).collect(),
        )
    })
}

fn draw(curves: &[Curve], title: &str, note: &str, path: &Path) -> Result<bool> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let along = Axis::of(points().map(|point| point.0), ROOM.0, ROOM.2);
    let up = Axis::of(points().map(|point| point.1), ROOM.3, ROOM.1);
    let (Some(along), Some(up)) = (along, up) else {
        return Ok(false);
    };
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    plot::titles(&area, title, note)?;
    for tick in along.ticks() {
        let x = along.at(tick);
        let line = [(x, ROOM.1), (x, ROOM.3)];
        area.draw(&PathElement::new(line, BLACK.mix(0.12)))?;
        label(&area, &number(tick), (x, ROOM.3 + 16), HPos::Center)?;
    }
    for tick in up.ticks() {
        let y = up.at(tick);
        let line = [(ROOM.0, y), (ROOM.2, y)];
        area.draw(&PathElement::new(line, BLACK.mix(0.12)))?;
        label(&area, &number(tick), (ROOM.0 - 8, y), HPos::Right)?;
    }
    for curve in curves {
        let places = || curve.points.iter().map(|&(x, y)| (along.at(x), up.at(y)));
        let color = color(curve.kind);
        area.draw(&PathElement::new(
            places().collect::<Vec<_>>(),
            color.stroke_width(2),
        ))?;
        for place in places() {
            area.draw(&Circle::new(place, 3, color.filled()))?;
        }
    }
    for (name, y) in names(curves, &up) {
        label(&area, name, (ROOM.2 + 12, y), HPos::Left)?;
    }
    area.present()?;
    Ok(true)
}

/// Each name beside the end of its curve, or below the one before.
fn names<'a>(curves: &'a [Curve], up: &Axis) -> Vec<(&'a str, i32)> {
    let end = |curve: &'a Curve| Some((curve.name.as_str(), up.at(curve.points.last()?.1)));
    let mut names: Vec<_> = curves.iter().filter_map(end).collect();
    names.sort_by_key(|(_, y)| *y);
    for index in 1..names.len() {
        names[index].1 = names[index].1.max(names[index - 1].1 + NAME);
    }
    names
}

/// From values to places, logarithmic.
struct Axis {
    from: f64,
    to: f64,
    places: (i32, i32),
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone, first: i32, last: i32) -> Option<Self> {
        let from = values.clone().fold(f64::INFINITY, f64::min);
        let to = values.fold(f64::NEG_INFINITY, f64::max);
        let places = (first, last);
        (from > 0.0 && to.is_finite() && from < to).then_some(Self { from, to, places })
    }

    fn at(&self, value: f64) -> i32 {
        let share = (value / self.from).ln() / (self.to / self.from).ln();
        let (first, last) = self.places;
        first + (share * f64::from(last - first)).round() as i32
    }

    /// The powers of ten.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let decades = self.from.log10().floor() as i32..=self.to.log10().ceil() as i32;
        let all = decades.map(|decade| 10_f64.powi(decade));
        all.filter(|tick| (self.from * 0.999..=self.to * 1.001).contains(tick))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_variants_is_told_from_others() {
        let of = |variants: &[&'static str]| {
            let all: Option<Vec<_>> = variants.iter().map(|variant| row(variant)).collect();
            all.and_then(one_row)
        };
        let depths = of(&["depth 10", "depth 100", "depth 1,000"]);
        assert_eq!(depths, Some(("depth", vec![10.0, 100.0, 1000.0])));
        assert_eq!(of(&["depth 10", "depth 100"]), None);
        assert_eq!(of(&["depth 10", "depth 100", "tasks 10"]), None);
        assert_eq!(of(&["plain", "boxed", "depth 10"]), None);
    }

    #[test]
    fn names_do_not_lie_on_each_other() {
        let curve = |name: &str, end| Curve {
            name: name.to_owned(),
            kind: Kind::Peer,
            points: vec![(1.0, 1.0), (10.0, end)],
        };
        let curves = [curve("a", 5.0), curve("b", 5.0), curve("c", 100.0)];
        let up = Axis::of([1.0, 100.0].into_iter(), 400, 0).unwrap();
        let names = names(&curves, &up);
        assert_eq!(names[0], ("c", 0));
        assert!(names[2].1 - names[1].1 >= NAME, "{names:?}");
    }
}
