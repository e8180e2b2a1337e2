//! How a thread waits before it sleeps: for some microseconds, awake.
//!
//! Who wakes a sleeping core pays some microseconds, and the sleeper 50 ("a line to the other core and back" is 60 ns). So whoever expects an answer first [glances](glance), for a microsecond at most:
//! another core that works on it has it by then. Then it goes and waits in line, where others find it and serve it, and [stays awake](stay_awake) there. It yields: if that takes a while, others wanted this core, perhaps to give the
//! answer, so it yields again, a few times. If it comes back at once, the core is its own, and it looks on for some microseconds. What did not help is tried for half as long the next time, within bounds.
//!
//! ```text
//!   glance 0.06 to 1 µs -> in line: yield -- others ran --> yield, 4 to 16 times -> sleep
//!                                   \----- came back --> look 2 to 10 µs, now and then 100 µs -> sleep
//! ```
//!
//! Two threads that answer each other and once slept would sleep for ever: each finds the other asleep, and waking takes longer than any of this. So now and then one looks on for longer
//! than a wake takes, and from then on both are awake. Where that does not help either, it becomes rare. What it costs a thread that waits in vain: 100 µs of CPU at first, then 5 to 10 each time, beside the
//! 5 to 10 of sleeping and waking. With one core alone nobody looks. The time is counted, that of a glance by an estimate, and told apart from work.
#![forbid(unsafe_code)]
#![cfg_attr(loom, allow(dead_code, reason = "no model waits for a moment"))]

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::park::count_spun;

/// What a thread has learnt of its waits.
#[derive(Clone, Copy)]
struct Patience {
    /// How often it looks at a glance.
    looks: u32,
    /// How long it looks, in line.
    look: Duration,
    /// How often it yields.
    yields: u32,
    /// How many waits there are until it looks for [`LONG`].
    until_long: u32,
    /// How many there were before the last time.
    between_long: u32,
    /// It has not waited yet.
    is_new: bool,
}

/// A look and a pause take some 30 ns, so the most is a microsecond: an answer that is being worked on is here by then, as "a cache line to the other core and back" is 60 ns.
const LOOKS_MOST: u32 = 32;
const LOOKS_LEAST: u32 = 2;
/// What is counted for one of them: reading the clock would take as long.
const LOOK: Duration = Duration::from_nanos(30);
/// How long it looks on.
const LOOK_MOST: Duration = Duration::from_micros(10);
const LOOK_LEAST: Duration = Duration::from_micros(2);
const YIELDS_MOST: u32 = 16;
const YIELDS_LEAST: u32 = 4;
/// A yield with nobody else to run takes 450 ns, one there and back 1,500 at least.
const NOBODY_ELSE: Duration = Duration::from_micros(1);
/// Longer than the 50 µs that a core needs to wake.
const LONG: Duration = Duration::from_micros(100);
/// Where less time is left, nobody stays awake.
pub(super) const AWAKE_MOST: Duration = Duration::from_micros(200);
const BETWEEN_LONG: (u32, u32) = (4, 256);

impl Patience {
    const NEW: Self = Self {
        looks: LOOKS_MOST,
        look: LOOK_MOST,
        yields: YIELDS_MOST,
        until_long: 0,
        between_long: BETWEEN_LONG.0,
        is_new: true,
    };

    /// After a wait that spinning ended, or did not.
    fn learn(&mut self, is_done: bool, was_long: bool) {
        if is_done {
            self.look = (self.look * 2).min(LOOK_MOST);
            self.yields = (self.yields * 2).min(YIELDS_MOST);
        } else {
            self.look = (self.look / 2).max(LOOK_LEAST);
            self.yields = (self.yields / 2).max(YIELDS_LEAST);
        }
        if was_long {
            let (least, most) = BETWEEN_LONG;
            self.between_long = if is_done {
                least
            } else {
                (self.between_long * 2).min(most)
            };
            self.until_long = self.between_long;
        }
        // What came at once until now, and then did not, was held up: the next wait is for its sake.
        self.until_long = if is_done {
            0
        } else {
            self.until_long.saturating_sub(1)
        };
    }
}

/// How many cores this process's threads may use, as far as was found out.
static CORES: AtomicUsize = AtomicUsize::new(0);

/// For a thread's first wait. It may be pinned to one core, as the main thread may be, while its partner is pinned to another: so where this thread tells nothing, all are asked.
#[cfg(target_os = "linux")]
fn count_cores() {
    use rustix::thread::{CpuSet, Pid, sched_getaffinity};
    let mut cores = sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new());
    if cores.count() < 2 {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
        let ids = tasks.filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok());
        for theirs in ids.filter_map(|id| sched_getaffinity(Pid::from_raw(id)).ok()) {
            (0..CpuSet::MAX_CPU)
                .filter(|core| theirs.is_set(*core))
                .for_each(|core| cores.set(core));
        }
    }
    CORES.fetch_max(cores.count() as usize, Ordering::Relaxed);
}

#[cfg(not(target_os = "linux"))]
fn count_cores() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    CORES.fetch_max(cores, Ordering::Relaxed);
}

pub(super) fn cores() -> usize {
    CORES.load(Ordering::Relaxed)
}

static LOOKING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PATIENCE: Cell<Patience> = const { Cell::new(Patience::NEW) };
}

/// What a thread has learnt, also while its locals are destroyed, when it learns no more.
fn patience() -> Patience {
    PATIENCE.try_with(Cell::get).unwrap_or(Patience::NEW)
}

fn learnt(patience: Patience, spun: Duration) {
    let _ = PATIENCE.try_with(|own| own.set(patience));
    count_spun(spun);
}

/// One look: no model waits for a moment, and none depends on the clock or on what earlier runs have learnt.
#[cfg(loom)]
#[must_use]
pub(crate) fn glance(mut done: impl FnMut() -> bool) -> bool {
    done()
}

/// Nothing: see [`glance`].
#[cfg(loom)]
pub(crate) fn stay_awake(_: impl FnMut() -> bool) {}

/// Waits for a microsecond at most until `done` holds, and says whether it does. For who is about to go and wait in line.
#[cfg(not(loom))]
#[must_use]
pub(crate) fn glance(mut done: impl FnMut() -> bool) -> bool {
    let mut patience = patience();
    if patience.is_new && cores() < 2 {
        count_cores();
        patience.is_new = false;
    }
    if cores() < 2 {
        learnt(patience, Duration::ZERO);
        return false;
    }
    let mut looks = 0;
    let mut is_done = false;
    while !is_done && looks < patience.looks {
        pause(PAUSES);
        is_done = done();
        looks += 1;
    }
    if is_done {
        patience.looks = (patience.looks * 2).min(LOOKS_MOST);
    }
    learnt(patience, LOOK * looks);
    is_done
}

/// Waits for a moment, awake, until `done` holds. For who is in line and about to sleep.
#[cfg(not(loom))]
pub(crate) fn stay_awake(mut done: impl FnMut() -> bool) {
    let mut patience = patience();
    let (mut is_done, mut was_long, mut spun) = (false, false, Duration::ZERO);
    let cores = cores();
    for _ in 0..patience.yields {
        let began = Instant::now();
        thread::yield_now();
        is_done = done();
        let is_alone = cores > 1 && began.elapsed() < NOBODY_ELSE;
        patience.looks = if is_alone {
            LOOKS_MOST
        } else {
            // Others of this core may be who the answer comes from.
            (patience.looks / 2).max(LOOKS_LEAST)
        };
        if is_done {
            break;
        }
        if !is_alone {
            continue;
        }
        // Two that answer each other both look now and then, so there may be as many as there are cores.
        if LOOKING.fetch_add(1, Ordering::Relaxed) < cores {
            was_long = patience.until_long == 0;
            (is_done, spun) = look(if was_long { LONG } else { patience.look }, &mut done);
        }
        LOOKING.fetch_sub(1, Ordering::Relaxed);
        break;
    }
    patience.learn(is_done, was_long);
    learnt(patience, spun);
}

/// Looks whether `done` holds, for `limit` at most; says whether it does, and how long it took.
fn look(limit: Duration, done: &mut impl FnMut() -> bool) -> (bool, Duration) {
    let began = Instant::now();
    pause(PAUSES_FIRST);
    loop {
        for _ in 0..4 {
            if done() {
                return (true, began.elapsed());
            }
            pause(PAUSES);
        }
        let spun = began.elapsed();
        if spun >= limit {
            return (false, spun);
        }
    }
}

/// Each look takes the line from the core that is about to write there. So the first leaves it the time to do so, or to write several items.
const PAUSES_FIRST: u32 = 2;
const PAUSES: u32 = 1;

fn pause(times: u32) {
    for _ in 0..times {
        std::hint::spin_loop();
    }
}
