//! The kernel's texts about a thread (`man 5 proc`), read without trust: a name may contain anything, and a kernel may leave lines out.
#![forbid(unsafe_code)]

use std::ffi::c_long;
use std::time::Duration;

/// What `stat` says.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Stat {
    pub(super) name: String,
    /// Time on a CPU, in ticks.
    pub(super) ticks: u64,
    /// When it began, in ticks since the machine did.
    pub(super) began: u64,
}

/// The name stands in parentheses and may contain some itself, and spaces and line ends: it ends at the last one. Fields are numbered as in the
/// manual, from 1.
pub(super) fn stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.split_once('(')?;
    let (name, rest) = rest.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // The first of the rest is field 3, the state.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        name: name.to_owned(),
        ticks: field(14)?.saturating_add(field(15)?),
        began: field(22)?,
    })
}

/// What `schedstat` says, in nanoseconds: time on a CPU, time waiting for one, how often it was given one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Schedule {
    pub(super) running: Duration,
    pub(super) ready: Duration,
    pub(super) slices: u64,
}

pub(super) fn schedule(text: &str) -> Option<Schedule> {
    let mut numbers = text.split_ascii_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    Some(Schedule {
        running: Duration::from_nanos(next()?),
        ready: Duration::from_nanos(next()?),
        slices: next()?,
    })
}

/// What `status` says.
#[derive(PartialEq, Eq, Debug, Default)]
pub(super) struct Status {
    /// The letter of its state.
    pub(super) state: Option<char>,
    pub(super) voluntary: Option<u64>,
    pub(super) involuntary: Option<u64>,
}

/// Line by line. The name's line cannot pose as another: line ends in names are escaped there.
pub(super) fn status(text: &str) -> Status {
    let mut status = Status::default();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key {
            "State" => status.state = value.chars().next(),
            "voluntary_ctxt_switches" => status.voluntary = value.parse().ok(),
            "nonvoluntary_ctxt_switches" => status.involuntary = value.parse().ok(),
            _ => (),
        }
    }
    status
}

/// What `syscall` says of a thread that is blocked in one: its number, and its first argument.
pub(super) fn call(text: &str) -> Option<(c_long, u64)> {
    let mut words = text.split_ascii_whitespace();
    let number = words.next()?.parse().ok().filter(|number| *number >= 0)?;
    let first = words.next()?.strip_prefix("0x")?;
    Some((number, u64::from_str_radix(first, 16).ok()?))
}

/// What `wchan` says: a function of the kernel; `0` or nothing if it is not told.
pub(super) fn place(text: &str) -> Option<String> {
    let name = text.trim();
    (!name.is_empty() && name != "0").then(|| name.to_owned())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    // Recorded on Linux 6.18, but for the name.
    const STAT: &str = "24107 (c) (at\n) R) R 24050 24050 22577 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 1 0 2350423 3133440 390 18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 4 5 6 7 8 9 10 0\n";

    #[test]
    fn stat_with_a_hostile_name() {
        let expected = Stat {
            name: "c) (at\n) R".to_owned(),
            ticks: 12,
            began: 2_350_423,
        };
        assert_eq!(stat(STAT), Some(expected));
        assert_eq!(stat("1 () S 0 0").map(|stat| stat.began), None);
    }

    #[test]
    fn no_cut_of_a_text_panics() {
        for text in [STAT, STATUS, "1011117 173849 2\n", "0 0x3 0x7f 0x2\n"] {
            for end in 0..text.len() {
                let _ = (
                    stat(&text[..end]),
                    schedule(&text[..end]),
                    status(&text[..end]),
                    call(&text[..end]),
                );
            }
        }
    }

    #[test]
    fn schedules() {
        let expected = Schedule {
            running: Duration::from_nanos(1_011_117),
            ready: Duration::from_nanos(173_849),
            slices: 2,
        };
        assert_eq!(schedule("1011117 173849 2\n"), Some(expected));
        assert_eq!(schedule("1 2\n"), None);
        assert_eq!(schedule("-1 2 3\n"), None);
    }

    const STATUS: &str = "Name:\tState:\\n R\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t24109\nSpeculation_Store_Bypass:\tvulnerable\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t17\nnonvoluntary_ctxt_switches:\t3\n";

    #[test]
    fn statuses() {
        let expected = Status {
            state: Some('S'),
            voluntary: Some(17),
            involuntary: Some(3),
        };
        assert_eq!(status(STATUS), expected);
        assert_eq!(status(""), Status::default());
    }

    #[test]
    fn calls() {
        let text = "0 0x3 0x7f00c78bd000 0x20000 0x7f00c7950b60 0xffffffff 0x0 0x7ffd003f8f58 0x7f00c7a392ad\n";
        assert_eq!(call(text), Some((0, 3)));
        assert_eq!(call("running\n"), None);
        // Blocked, and not in a call: a page fault.
        assert_eq!(call("-1 0x7ffd003f8f58 0x7f00c7a392ad\n"), None);
    }

    #[test]
    fn places() {
        assert_eq!(place("anon_pipe_read").as_deref(), Some("anon_pipe_read"));
        assert_eq!((place("0"), place("")), (None, None));
    }
}
