//! Results as pictures: bars of the medians, violins of the rounds.
#![forbid(unsafe_code)]

use super::violin::Violin;
use crate::Result;
use crate::harness::{Better, Metric, Results};
use crate::registry::Kind;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

const WIDTH: u32 = 900;
const LINE: u32 = 26;
const TOP: u32 = 62;
const BOTTOM: u32 = 40;
/// Where the names end and the values begin.
const LEFT: i32 = 190;
const RIGHT: i32 = 130;

/// One contestant of a picture.
struct Lane {
    name: String,
    kind: Kind,
    values: Vec<f64>,
    median: f64,
}

/// Draws the medians of a metric, with the least and the most of the rounds, into an SVG file.
pub(crate) fn bars(results: &Results, metric: Metric, path: &Path) -> Result<()> {
    let lanes = lanes(results, metric, |results, outcome| {
        results.values(outcome, metric)
    });
    let title = format!(
        "{}: {} ({})",
        results.scenario, results.variant, metric.about
    );
    let note = format!(
        "{}; median, and from the least to the most of the rounds; {} is better",
        metric.unit,
        metric.better.name()
    );
    let Some(scale) = Scale::of(&lanes, true) else {
        return Ok(());
    };
    let area = SVGBackend::new(path, size(&lanes)).into_drawing_area();
    frame(&area, &title, &note, &scale, &lanes)?;
    for (index, lane) in lanes.iter().enumerate() {
        let (middle, color) = (middle(index), color(lane.kind));
        let end = scale.x(lane.median);
        area.draw(&Rectangle::new(
            [(LEFT, middle - 8), (end, middle + 8)],
            color.filled(),
        ))?;
        let (least, most) = bounds(&lane.values);
        let whisker = [(scale.x(least), middle), (scale.x(most), middle)];
        area.draw(&PathElement::new(whisker, BLACK.mix(0.55).stroke_width(1)))?;
        let value = number(lane.median);
        label(
            &area,
            &value,
            (scale.x(most).max(end) + 6, middle),
            HPos::Left,
        )?;
    }
    Ok(area.present()?)
}

/// Draws how the rounds' ratios to yibu are distributed into an SVG file; nothing if there is nobody to compare.
pub(crate) fn violins(results: &Results, metric: Metric, path: &Path) -> Result<bool> {
    let lanes = lanes(results, metric, |results, outcome| {
        results.ratios_to_yibu(outcome, metric)
    });
    let title = format!(
        "{}: {} ({} as a multiple of yibu's)",
        results.scenario, results.variant, metric.name
    );
    let note = format!(
        "ratio in the same round: each round a dot, the median a line; {} is better",
        metric.better.name()
    );
    let Some(scale) = Scale::of(&lanes, false) else {
        return Ok(false);
    };
    let area = SVGBackend::new(path, size(&lanes)).into_drawing_area();
    frame(&area, &title, &note, &scale, &lanes)?;
    let one = scale.x(1.0);
    let bottom = TOP as i32 + (LINE * lanes.len() as u32) as i32;
    area.draw(&PathElement::new(
        [(one, TOP as i32), (one, bottom)],
        RED.mix(0.6).stroke_width(1),
    ))?;
    for (index, lane) in lanes.iter().enumerate() {
        let (middle, color) = (middle(index), color(lane.kind));
        let outline = Violin::of(
            &lane
                .values
                .iter()
                .map(|value| scale.share(*value))
                .collect::<Vec<_>>(),
        );
        area.draw(&Polygon::new(
            outline.outline(|share| scale.at(share), middle, 10.0),
            color.mix(0.45).filled(),
        ))?;
        for &value in &lane.values {
            area.draw(&Circle::new(
                (scale.x(value), middle),
                1,
                BLACK.mix(0.4).filled(),
            ))?;
        }
        let median = scale.x(lane.median);
        area.draw(&PathElement::new(
            [(median, middle - 10), (median, middle + 10)],
            BLACK.stroke_width(2),
        ))?;
        let value = number(lane.median);
        label(
            &area,
            &value,
            (WIDTH as i32 - RIGHT + 14, middle),
            HPos::Left,
        )?;
    }
    area.present()?;
    Ok(true)
}

/// The contestants that have values, best first.
fn lanes(
    results: &Results,
    metric: Metric,
    values: impl Fn(&Results, &crate::harness::Outcome) -> Vec<f64>,
) -> Vec<Lane> {
    let lane = |outcome: &crate::harness::Outcome| {
        let values = values(results, outcome);
        (outcome.disqualified.is_none() && !values.is_empty()).then(|| Lane {
            name: outcome.contestant.to_owned(),
            kind: outcome.kind,
            median: crate::harness::median(&values),
            values,
        })
    };
    let mut lanes: Vec<_> = results.outcomes.iter().filter_map(lane).collect();
    lanes.sort_by(|one, other| one.median.total_cmp(&other.median));
    if metric.better == Better::Higher {
        lanes.reverse();
    }
    lanes
}

/// From values to places; logarithmic if a straight one would squeeze the small ones.
struct Scale {
    from: f64,
    to: f64,
    is_log: bool,
}

impl Scale {
    fn of(lanes: &[Lane], from_zero: bool) -> Option<Self> {
        let (least, most) = bounds(
            &lanes
                .iter()
                .flat_map(|lane| lane.values.iter().copied())
                .collect::<Vec<_>>(),
        );
        if !(least > 0.0 && most.is_finite()) {
            return None;
        }
        let is_log = most / least > 12.0;
        let margin = 1.03;
        Some(match (is_log, from_zero) {
            (true, true) => Self {
                from: least / 2.0,
                to: most * margin,
                is_log,
            },
            (true, false) => Self {
                from: least / margin,
                to: most * margin,
                is_log,
            },
            (false, true) => Self {
                from: 0.0,
                to: most * margin,
                is_log,
            },
            (false, false) => Self {
                from: (least / margin).min(0.95),
                to: (most * margin).max(1.05),
                is_log,
            },
        })
    }

    /// How far along the axis a value is, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        if self.is_log {
            (value / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        }
    }

    fn at(&self, share: f64) -> i32 {
        let room = f64::from(WIDTH as i32 - LEFT - RIGHT);
        LEFT + (share.clamp(0.0, 1.0) * room).round() as i32
    }

    fn x(&self, value: f64) -> i32 {
        self.at(self.share(value))
    }

    /// Round values that fit, few enough to be read.
    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            let decades = self.from.log10().floor() as i32..=self.to.log10().ceil() as i32;
            let steps: &[f64] = if self.to / self.from > 500.0 {
                &[1.0]
            } else {
                &[1.0, 2.0, 5.0]
            };
            let all =
                decades.flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
            return all
                .filter(|tick| (self.from..=self.to).contains(tick))
                .collect();
        }
        let rough = (self.to - self.from) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|step| step * power >= rough)
            .unwrap_or(10.0)
            * power;
        let first = (self.from / step).ceil() as i64;
        (first..)
            .map(|index| index as f64 * step)
            .take_while(|tick| *tick <= self.to)
            .collect()
    }
}

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn size(lanes: &[Lane]) -> (u32, u32) {
    (WIDTH, TOP + LINE * lanes.len() as u32 + BOTTOM)
}

fn middle(index: usize) -> i32 {
    (TOP + LINE * index as u32 + LINE / 2) as i32
}

/// Title, axis, grid and names.
fn frame(area: &Area<'_>, title: &str, note: &str, scale: &Scale, lanes: &[Lane]) -> Result<()> {
    titles(area, title, note)?;
    let bottom = TOP as i32 + (LINE * lanes.len() as u32) as i32;
    for tick in scale.ticks() {
        let x = scale.x(tick);
        area.draw(&PathElement::new(
            [(x, TOP as i32), (x, bottom)],
            BLACK.mix(0.12),
        ))?;
        label(area, &number(tick), (x, bottom + 14), HPos::Center)?;
    }
    for (index, lane) in lanes.iter().enumerate() {
        label(area, &lane.name, (LEFT - 8, middle(index)), HPos::Right)?;
    }
    Ok(())
}

pub(super) fn titles(area: &Area<'_>, title: &str, note: &str) -> Result<()> {
    area.fill(&WHITE)?;
    area.draw(&Text::new(title.to_owned(), (12, 12), ("sans-serif", 17)))?;
    let style = ("sans-serif", 12).into_font().color(&BLACK.mix(0.65));
    Ok(area.draw(&Text::new(note.to_owned(), (12, 36), style))?)
}

pub(super) fn label(area: &Area<'_>, text: &str, at: (i32, i32), side: HPos) -> Result<()> {
    let style = ("sans-serif", 13)
        .into_font()
        .color(&BLACK)
        .pos(Pos::new(side, VPos::Center));
    Ok(area.draw(&Text::new(text.to_owned(), at, style))?)
}

pub(super) fn color(kind: Kind) -> RGBColor {
    match kind {
        Kind::Yibu => RGBColor(0xc4, 0x4e, 0x20),
        Kind::Limit => RGBColor(0x9a, 0xa0, 0xa6),
        Kind::Peer => RGBColor(0x4c, 0x78, 0xa8),
    }
}

fn bounds(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    (
        least,
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

/// Three significant digits.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1e7 => format!("{:.1}M", value / 1e6),
        size if size >= 1e4 => format!("{:.0}k", value / 1e3),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}
