//! What a thread did with a stretch of time, and what kind of thread it thereby is.
#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

/// From how much of its own time a thread counts as busy, and up to how much as waiting.
const BUSY: f64 = 0.95;
const WAITING: f64 = 0.2;
/// A busy thread may wait that often a second: a page that is read in, a line that is logged.
const RARELY: f64 = 10.0;

/// What a thread did with a stretch of time. What the system does not tell is `None`.
///
/// [`Usage::since`](super::Usage::since) gives it for the time between two samples, [`ThreadUsage::slices_of_life`](super::ThreadUsage::slices_of_life) for a thread's whole life.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Slices {
    /// How long the stretch was.
    pub window: Duration,
    /// Time on a CPU.
    pub running: Option<Duration>,
    /// Time in which it could have run, and waited for a CPU. The kernel counts a wait when it ends.
    pub ready: Option<Duration>,
    /// How many time slices began.
    pub count: Option<u64>,
    /// How often it gave its CPU up because it had to wait for something.
    pub voluntary: Option<u64>,
    /// How often its CPU was taken away.
    pub involuntary: Option<u64>,
    /// The part of `running` in which it spun in a wait of this library before it slept; in threads of this process.
    pub spun: Option<Duration>,
    /// It was seen runnable at both ends, and did not wait in between.
    pub(super) never_left: bool,
}

/// What kind of thread it is, by what it did with its time; see [`Slices::class`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Mostly blocked: it costs next to nothing.
    Waiting,
    /// It computes and waits by turns.
    Mixed,
    /// Always running or ready: a computation, or a loop that spins. From outside they look the same, and both use a whole core if they get it.
    Busy,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Class::Waiting => "waiting",
            Class::Mixed => "mixed",
            Class::Busy => "busy",
        })
    }
}

impl Slices {
    /// Time in which it waited for something: what is left of the window.
    pub fn blocked(&self) -> Option<Duration> {
        let runnable = self.running?.saturating_add(self.ready?);
        Some(self.window.saturating_sub(runnable))
    }

    /// The mean length of a time slice. One that began before the window is counted in it, if no other did.
    pub fn mean(&self) -> Option<Duration> {
        let count = u32::try_from(self.count?.max(1)).unwrap_or(u32::MAX);
        Some(self.running? / count)
    }

    /// The share of its own time in which it ran: of the window without the waits for a CPU, so that other programs' load does not change it. The
    /// bounded spins of this library's waits count as waiting.
    fn share(&self) -> Option<f64> {
        let own = self.window.saturating_sub(self.ready?);
        let ran = self.running?.saturating_sub(self.spun.unwrap_or_default());
        Some(if own.is_zero() {
            0.0
        } else {
            (ran.as_secs_f64() / own.as_secs_f64()).min(1.0)
        })
    }

    /// What kind of thread it is; `None` where the system does not tell.
    ///
    /// - [`Busy`](Class::Busy): it did not once wait for anything, or ran in 95 % of its own time and waited no more than ten times a second.
    /// - [`Waiting`](Class::Waiting): it ran in at most 20 % of its own time.
    /// - [`Mixed`](Class::Mixed): otherwise.
    ///
    /// Its own time is the window without the waits for a CPU: a thread that others keep from running is as busy as it was alone. These limits are ours;
    /// they are round numbers, not measured ones.
    pub fn class(&self) -> Option<Class> {
        if self.never_left {
            return Some(Class::Busy);
        }
        let share = self.share()?;
        let waits = self.voluntary? as f64 / self.window.as_secs_f64().max(f64::MIN_POSITIVE);
        Some(if share >= BUSY && waits <= RARELY {
            Class::Busy
        } else if share <= WAITING {
            Class::Waiting
        } else {
            Class::Mixed
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// A second of which it ran and was ready for so many milliseconds, with so many voluntary switches.
    fn second(running: u64, ready: u64, voluntary: u64) -> Slices {
        Slices {
            window: Duration::from_secs(1),
            running: Some(Duration::from_millis(running)),
            ready: Some(Duration::from_millis(ready)),
            count: Some(voluntary),
            voluntary: Some(voluntary),
            involuntary: Some(0),
            spun: None,
            never_left: false,
        }
    }

    #[test]
    fn classes() {
        let class = |running, ready, voluntary| second(running, ready, voluntary).class().unwrap();
        assert_eq!(class(0, 0, 0), Class::Waiting);
        assert_eq!(class(200, 0, 500), Class::Waiting);
        assert_eq!(class(210, 0, 500), Class::Mixed);
        assert_eq!(class(940, 0, 5), Class::Mixed);
        assert_eq!(class(950, 0, 10), Class::Busy);
        assert_eq!(class(950, 0, 11), Class::Mixed, "it waits too often");
        assert_eq!(
            class(96, 900, 10),
            Class::Busy,
            "others kept it from running"
        );
        assert_eq!(
            class(15, 900, 10),
            Class::Waiting,
            "others kept it from running"
        );
        assert_eq!(class(0, 1000, 10), Class::Waiting);
    }

    #[test]
    fn who_never_waited_is_busy_whatever_the_clock_says() {
        let stolen = Slices {
            never_left: true,
            ..second(300, 100, 0)
        };
        assert_eq!(stolen.class(), Some(Class::Busy));
    }

    #[test]
    fn bounded_spins_count_as_waiting() {
        let spins = Slices {
            spun: Some(Duration::from_millis(450)),
            ..second(500, 0, 1_000)
        };
        assert_eq!(spins.class(), Some(Class::Waiting));
        assert_eq!(second(500, 0, 1_000).class(), Some(Class::Mixed));
    }

    #[test]
    fn what_is_not_known_is_not_invented() {
        let unknown = Slices {
            running: None,
            ..second(0, 0, 0)
        };
        assert_eq!(
            (unknown.class(), unknown.mean(), unknown.blocked()),
            (None, None, None)
        );
    }

    #[test]
    fn means() {
        assert_eq!(second(500, 0, 100).mean(), Some(Duration::from_millis(5)));
        assert_eq!(second(500, 0, 0).mean(), Some(Duration::from_millis(500)));
        assert_eq!(
            second(500, 100, 0).blocked(),
            Some(Duration::from_millis(400))
        );
    }
}
