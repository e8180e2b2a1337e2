//! What the rounds of one variant found: medians, intervals, ratios.
#![forbid(unsafe_code)]

use super::rounds::Sample;
use super::{Better, Interval, Metric, interval, median};
use crate::registry::Kind;

/// A table: one scenario in one variant.
pub(crate) struct Results {
    pub(crate) scenario: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) outcomes: Vec<Outcome>,
    /// How many rounds were measured, and how many of them were [left out](super::state).
    pub(crate) rounds: usize,
    pub(crate) left_out: usize,
}

impl Results {
    /// What to know of the rounds that were left out, if any were.
    pub(crate) fn says_left_out(&self) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "{} of {} rounds are left out: the machine was in another state, and all were slower or faster at once",
                self.left_out, self.rounds
            )
        })
    }
}

/// What became of a contestant.
pub(crate) struct Outcome {
    pub(crate) contestant: &'static str,
    pub(crate) kind: Kind,
    pub(crate) version: Option<String>,
    /// The limit that it is compared with.
    pub(super) limit: Option<&'static str>,
    pub(super) samples: Vec<Sample>,
    /// Why it does not count: it did not start, or gave a wrong answer.
    pub(crate) disqualified: Option<String>,
}

/// One metric of one contestant.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) metric: Metric,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) rounds: usize,
    pub(crate) to_yibu: Option<Ratio>,
    pub(crate) to_limit: Option<Ratio>,
    pub(crate) to_best_peer: Option<Ratio>,
    /// Half the width of the median's interval, as a part of the median.
    pub(crate) noise: f64,
}

/// How many times as much as another contestant, taken within each round.
#[derive(Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) to: &'static str,
    pub(crate) interval: Interval,
}

impl Ratio {
    /// Whether the rounds do not tell the two apart.
    pub(crate) fn is_too_close(&self) -> bool {
        (self.interval.low..=self.interval.high).contains(&1.0)
    }
}

impl Results {
    /// A contestant's result by one metric; `None` if it has none.
    pub(crate) fn row(&self, outcome: &Outcome, metric: Metric) -> Option<Row> {
        if outcome.disqualified.is_some() {
            return None;
        }
        let values = outcome.values(metric)?;
        let all = interval(&values);
        // Shares of few ticks say nothing in one round, so there is one value for all of them.
        let (median, noise) = match outcome.total(metric) {
            Some((total, error)) => (total, 2.0 * error / total.max(f64::MIN_POSITIVE)),
            None => (
                all.median,
                (all.high - all.low) / 2.0 / all.median.abs().max(f64::MIN_POSITIVE),
            ),
        };
        Some(Row {
            metric,
            median,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            rounds: values.len(),
            to_yibu: self.ratio(outcome, "yibu", metric),
            to_limit: outcome
                .limit
                .and_then(|limit| self.ratio(outcome, limit, metric)),
            to_best_peer: self
                .best_peer(metric)
                .and_then(|best| self.ratio(outcome, best, metric)),
            noise,
        })
    }

    /// The peer with the best median.
    fn best_peer(&self, metric: Metric) -> Option<&'static str> {
        let peers = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.kind == Kind::Peer && outcome.disqualified.is_none());
        let medians = peers.filter_map(|peer| {
            let values = peer.values(metric)?;
            Some((peer.contestant, median(&values)))
        });
        let best = match metric.better {
            Better::Lower => medians.min_by(|(_, one), (_, other)| one.total_cmp(other)),
            Better::Higher => medians.max_by(|(_, one), (_, other)| one.total_cmp(other)),
        };
        best.map(|(name, _)| name)
    }

    /// Whether anybody else was to be measured.
    pub(crate) fn has_peers(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| outcome.kind == Kind::Peer)
    }

    /// The values of all rounds, for plots.
    pub(crate) fn values(&self, outcome: &Outcome, metric: Metric) -> Vec<f64> {
        outcome.values(metric).unwrap_or_default()
    }

    /// The ratios to yibu of all rounds, for plots.
    pub(crate) fn ratios_to_yibu(&self, outcome: &Outcome, metric: Metric) -> Vec<f64> {
        self.ratios(outcome, "yibu", metric)
    }

    fn ratio(&self, outcome: &Outcome, to: &'static str, metric: Metric) -> Option<Ratio> {
        let ratios = self.ratios(outcome, to, metric);
        let interval = (!ratios.is_empty()).then(|| interval(&ratios))?;
        Some(Ratio { to, interval })
    }

    /// How many times as much as another in each round; nothing for oneself.
    fn ratios(&self, outcome: &Outcome, to: &str, metric: Metric) -> Vec<f64> {
        let Some(base) = self.outcomes.iter().find(|other| other.contestant == to) else {
            return Vec::new();
        };
        if outcome.contestant == to || base.disqualified.is_some() {
            return Vec::new();
        }
        let own = outcome.samples.iter();
        let ratio = own.filter_map(|sample| {
            let other = base
                .samples
                .iter()
                .find(|other| other.round == sample.round)?;
            Some(sample.value(metric)? / other.value(metric)?)
        });
        ratio
            .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
            .collect()
    }
}

impl Outcome {
    fn values(&self, metric: Metric) -> Option<Vec<f64>> {
        let values: Vec<_> = self
            .samples
            .iter()
            .filter_map(|sample| sample.value(metric))
            .collect();
        (!values.is_empty()).then_some(values)
    }

    /// User and system time over all the rounds, and the standard error: the ticks are a sample of a binomial distribution.
    fn total(&self, metric: Metric) -> Option<(f64, f64)> {
        let is_user = match metric {
            Metric::USER => true,
            Metric::SYSTEM => false,
            _ => return None,
        };
        let sum = |of: fn(&Sample) -> u64| self.samples.iter().map(of).sum::<u64>() as f64;
        let (user, system) = (
            sum(|sample| sample.counters.user),
            sum(|sample| sample.counters.system),
        );
        let ticks = (user + system).max(1.0);
        let share = if is_user { user } else { system } / ticks;
        let mean = sum(|sample| sample.counters.cpu_ns) / sum(|sample| sample.operations).max(1.0);
        Some((mean * share, mean * (share * (1.0 - share) / ticks).sqrt()))
    }

    /// The share of the time for which the load was at work, median.
    pub(crate) fn load_busy(&self) -> Option<f64> {
        let all: Vec<_> = self
            .samples
            .iter()
            .filter_map(|sample| sample.load_busy)
            .collect();
        (!all.is_empty()).then(|| super::median(&all))
    }

    /// The share of the time for which the contestant was on a core, median.
    pub(crate) fn busy(&self) -> Option<f64> {
        let busy =
            |sample: &Sample| sample.counters.cpu_ns as f64 / sample.elapsed.as_nanos() as f64;
        let all: Vec<_> = self.samples.iter().map(busy).collect();
        (!all.is_empty()).then(|| super::median(&all))
    }
}

#[cfg(test)]
impl Results {
    /// Results with these values of one metric, round by round; a contestant without any is disqualified.
    pub(crate) fn planted(
        variant: &'static str,
        metric: Metric,
        found: &[(&'static str, &[f64])],
    ) -> Self {
        let outcome = |&(contestant, values): &(&'static str, &[f64])| Outcome {
            contestant,
            kind: Kind::of(contestant),
            version: None,
            limit: (contestant != "limit").then_some("limit"),
            samples: values
                .iter()
                .enumerate()
                .map(|(round, value)| Sample::planted(round, metric, *value))
                .collect(),
            disqualified: values.is_empty().then(|| "planted".to_owned()),
        };
        Self {
            scenario: "planted",
            variant,
            outcomes: found.iter().map(outcome).collect(),
            rounds: found
                .iter()
                .map(|(_, values)| values.len())
                .max()
                .unwrap_or(0),
            left_out: 0,
        }
    }
}
