//! The task of the scenario `mixed` that takes the processor, the same for every runtime.
//!
//! It starts when all connections are accepted. Ten times a second it says on the standard error what it got, `hog 482000 us of 500000`: CPU time
//! of its own, which counts neither what preempted it nor what ran while it had yielded, and the time that it has been there.

#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::thread_cpu;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Computes without pause, and yields every so often.
pub(crate) const YIELDS: &str = "computes, yields every 10 ms";
/// Holds its thread for half a second at a time.
pub(crate) const STALLS: &str = "never yields for 500 ms";

/// A stall, and before and after it a rest: so a visit of one cycle has all of one stall.
const STALL: Duration = Duration::from_millis(500);
const REST: Duration = Duration::from_millis(150);
pub(crate) const CYCLE: Duration = Duration::from_millis(800);

/// How many connections there will be.
pub(crate) const CONNECTIONS: usize = 64;

/// From one yield to the next.
const STRETCH: Duration = Duration::from_millis(10);

/// From one report to the next.
const REPORT: Duration = Duration::from_millis(100);

/// Says that a connection was accepted; when the last of them is there, `start` spawns the hog.
pub(crate) fn open(start: impl FnOnce()) {
    static OPENED: AtomicUsize = AtomicUsize::new(0);
    if OPENED.fetch_add(1, Ordering::Relaxed) + 1 == CONNECTIONS {
        start();
    }
}

/// What the hog does after a stretch of work.
pub(crate) enum Pause {
    Yield,
    Sleep(Duration),
}

/// What a variant has the hog do.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Yields,
    Stalls,
}

impl Kind {
    pub(crate) fn of(variant: &str) -> Result<Self> {
        match variant {
            YIELDS => Ok(Self::Yields),
            STALLS => Ok(Self::Stalls),
            _ => Err(format!("no hog {variant}").into()),
        }
    }
}

/// The hog's work.
pub(crate) struct Hog {
    kind: Kind,
    came: Instant,
    stalls: u32,
    cpu: Duration,
    reported: Duration,
    number: u64,
}

impl Hog {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            came: Instant::now(),
            stalls: 0,
            cpu: Duration::ZERO,
            reported: Duration::ZERO,
            number: 1,
        }
    }

    fn compute(&mut self, length: Duration) {
        let (began, cpu) = (Instant::now(), thread_cpu());
        while began.elapsed() < length {
            for _ in 0..1000 {
                // Knuth's multiplier: something that takes time and cannot be left out.
                self.number = self
                    .number
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
            }
            self.number = std::hint::black_box(self.number);
        }
        self.cpu += thread_cpu() - cpu;
    }

    fn report(&mut self) {
        let elapsed = self.came.elapsed();
        if elapsed >= self.reported + REPORT {
            self.reported = elapsed;
            eprintln!("hog {} us of {}", self.cpu.as_micros(), elapsed.as_micros());
        }
    }

    /// The next stretch of work, and the pause after it.
    pub(crate) fn next(&mut self) -> Pause {
        let pause = match self.kind {
            Kind::Yields => {
                self.compute(STRETCH);
                Pause::Yield
            }
            Kind::Stalls => {
                let rest = REST + CYCLE * self.stalls;
                if self.came.elapsed() >= rest {
                    self.compute(STALL);
                    self.stalls += 1;
                }
                Pause::Sleep(STRETCH)
            }
        };
        self.report();
        pause
    }
}

/// The hog as a task, with the runtime's own ways to yield and to sleep.
pub(crate) async fn run<Y: Future, S: Future>(
    kind: Kind,
    yield_now: impl Fn() -> Y,
    sleep: impl Fn(Duration) -> S,
) {
    let mut hog = Hog::new(kind);
    loop {
        match hog.next() {
            Pause::Yield => drop(yield_now().await),
            Pause::Sleep(time) => drop(sleep(time).await),
        }
    }
}

/// The hog on a thread of its own, which the kernel preempts.
pub(crate) fn run_on_thread(kind: Kind) {
    let mut hog = Hog::new(kind);
    loop {
        match hog.next() {
            Pause::Yield => std::thread::yield_now(),
            Pause::Sleep(time) => std::thread::sleep(time),
        }
    }
}

/// The time that the hog of a process got by its last report, in ms per second.
pub(crate) fn reported(said: &str) -> Option<f64> {
    // A last line without an end is not all there yet.
    let (whole, _) = said.rsplit_once('\n')?;
    let last = whole
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("hog "))?;
    let (cpu, elapsed) = last.split_once(" us of ")?;
    Some(1000.0 * cpu.parse::<f64>().ok()? / elapsed.parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_report_counts() {
        assert_eq!(
            reported("hog 500 us of 1000\nsomething\nhog 900 us of 1000\n"),
            Some(900.0)
        );
        assert_eq!(reported("hog 500 us of 1000\nhog 5"), Some(500.0));
        assert_eq!(reported("nothing"), None);
    }
}
