//! What is measured, and what is asked of it.
#![forbid(unsafe_code)]

/// A quantity with its unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) better: Better,
    /// What it is, in a few words.
    pub(crate) about: &'static str,
}

/// Which values are good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Better {
    Lower,
    Higher,
}

impl Better {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        }
    }
}

impl Metric {
    /// A quantity of which less is better.
    pub(crate) const fn lower(name: &'static str, unit: &'static str, about: &'static str) -> Self {
        Self {
            name,
            unit,
            better: Better::Lower,
            about,
        }
    }

    /// A quantity of which more is better.
    pub(crate) const fn higher(
        name: &'static str,
        unit: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            unit,
            better: Better::Higher,
            about,
        }
    }

    /// CPU time of all the contestant's threads.
    pub(crate) const CPU: Self = Self::lower(
        "cpu",
        "ns/op",
        "CPU time of the contestant, user and system",
    );
    /// The part of [`CPU`](Self::CPU) outside the kernel, over all rounds.
    pub(crate) const USER: Self =
        Self::lower("user", "ns/op", "the part of cpu outside the kernel");
    /// The rest of it.
    pub(crate) const SYSTEM: Self =
        Self::lower("system", "ns/op", "the part of cpu inside the kernel");
    /// Time from start to end.
    pub(crate) const WALL: Self = Self::lower("wall", "ns/op", "time from start to end");
    /// Operations in a second.
    pub(crate) const RATE: Self = Self::higher("rate", "op/s", "operations in a second");
    /// Latencies.
    pub(crate) const P50: Self = Self::lower("p50", "us", "latency: half took longer");
    pub(crate) const P99: Self = Self::lower("p99", "us", "latency: one in a hundred took longer");
    pub(crate) const P999: Self =
        Self::lower("p99.9", "us", "latency: one in a thousand took longer");
    pub(crate) const MAX: Self = Self::lower("max", "us", "latency: the longest");
    /// Times that a thread of the contestant left the core.
    pub(crate) const SWITCHES: Self = Self::lower(
        "switches",
        "1/kop",
        "context switches for a thousand operations",
    );
    /// Counted one by one, where CPU time depends on the machine's mood: see [`instructions`](crate::instructions).
    pub(crate) const INSTRUCTIONS: Self = Self::lower(
        "instructions",
        "1/op",
        "instructions outside the kernel, counted by callgrind",
    );
    /// The most memory that it ever had.
    pub(crate) const MEMORY: Self = Self::lower("memory", "KiB", "peak resident memory");
}

/// What is asked of a contestant: a measured line that passes or fails.
#[derive(Clone, Copy)]
pub(crate) struct Bar {
    pub(crate) contestant: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) metric: Metric,
    pub(crate) most: Most,
}

/// The most that a [`Bar`] allows.
#[derive(Clone, Copy)]
pub(crate) enum Most {
    /// The median, in the metric's unit.
    Median(f64),
    /// The median ratio to the limit.
    OfLimit(f64),
    /// The median ratio to the limit, or so much more than the limit in the metric's unit, whichever allows more.
    OfLimitOrMore(f64, f64),
    /// Not to be told from the limit: the interval of the ratio does not lie above one.
    Limit,
    /// The median ratio to the best peer: the one that has the best median in the same rounds.
    OfBestPeer(f64),
    /// Not to be told from the best peer, or better: the interval of the ratio does not lie on the worse side of one.
    BestPeer,
}
