//! What was asked of yibu, and whether it is met.
#![forbid(unsafe_code)]

use crate::harness::{Bar, Better, Most, Ratio, Results, Row, Scenario};

/// A line for each bar of these results, and whether it is met.
pub(crate) fn bars(scenario: &dyn Scenario, results: &Results) -> Vec<(String, bool)> {
    let own = scenario
        .bars()
        .iter()
        .filter(|bar| bar.variant == results.variant && scenario.metrics().contains(&bar.metric));
    own.filter_map(|bar| line(bar, results)).collect()
}

/// Nothing is said of a contestant that takes no part, nor beside peers if none was measured.
fn line(bar: &Bar, results: &Results) -> Option<(String, bool)> {
    let outcome = results
        .outcomes
        .iter()
        .find(|outcome| outcome.contestant == bar.contestant)?;
    let is_beside_peers = matches!(bar.most, Most::BestPeer | Most::OfBestPeer(_));
    if is_beside_peers && !results.has_peers() {
        return None;
    }
    let name = format!("{} {}", bar.contestant, bar.metric.name);
    let (says, is_met) = match results.row(outcome, bar.metric) {
        Some(row) => judge(bar, row),
        None => ("no result".to_owned(), false),
    };
    Some((format!("{name}: {says}"), is_met))
}

fn judge(bar: &Bar, row: Row) -> (String, bool) {
    match bar.most {
        Most::Median(most) => (
            format!("{:.4} {}, at most {most}", row.median, bar.metric.unit),
            row.median <= most,
        ),
        Most::OfLimit(most) => match row.to_limit {
            Some(ratio) => at_most(ratio, "", most),
            None => ("the limit has no result".to_owned(), false),
        },
        Most::OfBestPeer(most) => match row.to_best_peer {
            Some(ratio) => at_most(ratio, ", the best peer", most),
            None => ("no peer has a result".to_owned(), false),
        },
        Most::OfLimitOrMore(times, more) => match row.to_limit {
            Some(ratio) => {
                let above = row.median - row.median / ratio.interval.median;
                let (says, is_near) = at_most(ratio, "", times);
                (
                    format!("{says}, or {above:.2} more, at most {more}"),
                    is_near || above <= more,
                )
            }
            None => ("the limit has no result".to_owned(), false),
        },
        Most::Limit => match row.to_limit {
            Some(ratio) => (
                format!("{}, no dearer than it", times(ratio)),
                ratio.interval.low <= 1.0,
            ),
            None => ("the limit has no result".to_owned(), false),
        },
        Most::BestPeer => match row.to_best_peer {
            Some(ratio) => (
                format!("{}, the best peer, no worse than it", times(ratio)),
                match bar.metric.better {
                    Better::Lower => ratio.interval.low <= 1.0,
                    Better::Higher => ratio.interval.high >= 1.0,
                },
            ),
            None => ("no peer has a result".to_owned(), false),
        },
    }
}

fn at_most(ratio: Ratio, who: &str, most: f64) -> (String, bool) {
    let median = ratio.interval.median;
    (
        format!("{median:.3} times {}{who}, at most {most}", ratio.to),
        median <= most,
    )
}

fn times(ratio: Ratio) -> String {
    let interval = ratio.interval;
    format!(
        "{:.3} [{:.3}, {:.3}] times {}",
        interval.median, interval.low, interval.high, ratio.to
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Metric;

    /// The values of all rounds of each contestant; without values it is disqualified.
    type Found<'a> = &'a [(&'static str, &'a [f64])];

    fn says(found: Found<'_>, metric: Metric, most: Most) -> Option<(String, bool)> {
        let bar = Bar {
            contestant: "yibu",
            variant: "v",
            metric,
            most,
        };
        line(&bar, &Results::planted("v", metric, found))
    }

    const YIBU: (&str, &[f64]) = ("yibu", &[10.0; 8]);
    const FAST: (&str, &[f64]) = ("fast", &[8.0; 8]);
    const SLOW: (&str, &[f64]) = ("slow", &[16.0; 8]);
    const GONE: (&str, &[f64]) = ("gone", &[]);

    #[test]
    fn the_best_peer_is_the_one_with_the_best_median_of_those_that_have_a_result() {
        let (line, is_met) = says(&[SLOW, YIBU, FAST, GONE], Metric::WALL, Most::BestPeer).unwrap();
        assert!(line.contains("1.250 [1.250, 1.250] times fast"), "{line}");
        assert!(!is_met);
        let (line, is_met) = says(&[GONE, SLOW, YIBU], Metric::WALL, Most::BestPeer).unwrap();
        assert!(line.contains("times slow") && is_met, "{line}");
        // Of a rate more is better.
        let (line, is_met) = says(&[SLOW, YIBU, FAST], Metric::RATE, Most::BestPeer).unwrap();
        assert!(line.contains("times slow") && !is_met, "{line}");
    }

    #[test]
    fn a_limit_is_no_peer_however_fast() {
        let limit = ("limit", &[1.0; 8][..]);
        let (line, is_met) = says(&[limit, SLOW, YIBU], Metric::WALL, Most::BestPeer).unwrap();
        assert!(line.contains("times slow") && is_met, "{line}");
    }

    #[test]
    fn whoever_cannot_be_told_from_the_best_peer_is_as_fast() {
        // In one of eight rounds ahead is not enough, in two it is: of eight, the interval is from the first to the last.
        let rounds = |ahead: usize| -> Vec<f64> {
            (0..8)
                .map(|round| if round < ahead { 7.9 } else { 8.4 })
                .collect()
        };
        let is_met = |ahead| {
            let rounds = rounds(ahead);
            says(&[("yibu", &rounds), FAST], Metric::WALL, Most::BestPeer)
                .unwrap()
                .1
        };
        assert!(!is_met(0));
        assert!(is_met(1));
    }

    #[test]
    fn half_of_the_best_peer_is_asked_of_the_median() {
        let half = |most| says(&[YIBU, FAST, SLOW], Metric::WALL, Most::OfBestPeer(most)).unwrap();
        assert!(!half(0.5).1 && half(1.25).1);
        assert_eq!(
            half(0.5).0,
            "yibu wall: 1.250 times fast, the best peer, at most 0.5"
        );
    }

    #[test]
    fn near_the_limit_is_a_ratio_or_a_difference() {
        let says = |found: Found<'_>, times, more| {
            let results = Results::planted("v", Metric::WALL, found);
            let bar = Bar {
                contestant: "yibu",
                variant: "v",
                metric: Metric::WALL,
                most: Most::OfLimitOrMore(times, more),
            };
            line(&bar, &results).unwrap()
        };
        let found: Found<'_> = &[("limit", &[8.0; 8]), YIBU];
        assert!(says(found, 1.3, 1.0).1 && says(found, 1.1, 2.0).1);
        assert!(!says(found, 1.1, 1.0).1);
    }

    #[test]
    fn without_peers_nothing_is_said_and_without_their_results_the_bar_is_missed() {
        assert!(says(&[YIBU], Metric::WALL, Most::BestPeer).is_none());
        assert!(says(&[YIBU], Metric::WALL, Most::OfBestPeer(0.5)).is_none());
        assert!(!says(&[YIBU, GONE], Metric::WALL, Most::BestPeer).unwrap().1);
        assert!(says(&[FAST], Metric::WALL, Most::BestPeer).is_none());
    }
}
