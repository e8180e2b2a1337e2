//! Random families of threads: each is told to be a daemon, told not to be, or told nothing; each starts its children and says what it is. At
//! the end of the program those that are no daemons end, and say so; daemons do not.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use yibu::thread::{self, Builder};

use super::say;

/// The random numbers are those of a generator that both languages have in a line (Lehmer; Park and Miller, CACM 1988), from a fixed seed: 300
/// threads, each with one of the threads before it, or the main thread, as its parent.
pub(crate) const PYTHON: &str = r#"
import threading, time
state = 20261123
def random(n):
    global state
    state = state * 48271 % 2147483647
    return state % n
COUNT = 300
family = {}
for n in range(COUNT):
    parent = random(n + 1) - 1
    family.setdefault(parent, []).append((n, random(3)))
end = threading.Event()
lines, lock = [], threading.Lock()
started = threading.Semaphore(0)
ended = []
def start(n, told):
    daemon = {0: None, 1: True, 2: False}[told]
    threading.Thread(target=live, args=(n,), daemon=daemon).start()
def live(n):
    daemon = threading.current_thread().daemon
    with lock: lines.append("%03d %s" % (n, "daemon" if daemon else "no daemon"))
    for child, told in family.get(n, ()): start(child, told)
    started.release()
    if daemon: threading.Event().wait()
    end.wait()
    with lock: ended.append("%03d ended" % n)
for child, told in family[-1]: start(child, told)
for n in range(COUNT): started.acquire()
import atexit
def hook():
    for line in sorted(ended): print(line)
atexit.register(hook)
for line in sorted(lines): print(line)
end.set()
"#;

const COUNT: u32 = 300;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        u32::try_from(self.0 % u64::from(n)).unwrap()
    }
}

/// What all threads share.
struct Family {
    /// Of each thread: its number, its parent's, and what it is told.
    members: Vec<(u32, Option<u32>, u32)>,
    lines: Mutex<Vec<String>>,
    ended: Mutex<Vec<String>>,
    /// Its lock is held until the end.
    end: Mutex<bool>,
    ends: std::sync::Condvar,
}

pub(crate) fn rust() {
    let mut random = Random(20_261_123);
    let members = (0..COUNT).map(|n| {
        let parent = random.below(n + 1).checked_sub(1);
        (n, parent, random.below(3))
    });
    let family = Arc::new(Family {
        members: members.collect(),
        lines: Mutex::default(),
        ended: Mutex::default(),
        end: Mutex::new(false),
        ends: std::sync::Condvar::new(),
    });
    let (started, starts) = channel();
    start_children(&family, None, &started);
    for _ in 0..COUNT {
        starts.recv().unwrap();
    }
    let of = family.clone();
    thread::at_exit(move || say_sorted(&of.ended));
    say_sorted(&family.lines);
    *family.end.lock().unwrap() = true;
    family.ends.notify_all();
}

fn say_sorted(lines: &Mutex<Vec<String>>) {
    let mut lines = lines.lock().unwrap();
    lines.sort_unstable();
    lines.iter().for_each(|line| say(line));
}

fn start_children(family: &Arc<Family>, parent: Option<u32>, started: &Sender<()>) {
    for &(n, of, told) in &family.members {
        if of != parent {
            continue;
        }
        let (family, started) = (family.clone(), started.clone());
        let lives = move || live(&family, n, &started);
        let builder = Builder::new().stack_size(64 << 10);
        match told {
            0 => drop(builder.spawn(lives).unwrap()),
            1 => drop(builder.spawn_daemon(lives).unwrap()),
            _ => drop(builder.non_daemon().spawn(lives).unwrap()),
        }
    }
}

fn live(family: &Arc<Family>, n: u32, started: &Sender<()>) {
    let is_daemon = thread::current().is_daemon();
    let kind = if is_daemon { "daemon" } else { "no daemon" };
    family.lines.lock().unwrap().push(format!("{n:03} {kind}"));
    start_children(family, Some(n), started);
    started.send(()).unwrap();
    if is_daemon {
        thread::sleep(Duration::MAX);
    }
    let end = family.end.lock().unwrap();
    drop(family.ends.wait_while(end, |end| !*end).unwrap());
    family.ended.lock().unwrap().push(format!("{n:03} ended"));
}
