//! Random traces of operations on these queues and on CPython's, live, which must agree step by step: what each call returns, who is blocked, lengths, unfinished tasks.
//!
//! Three threads on either side are given blocking operations one at a time; after each step both sides wait until every one of them has returned or is seen to be blocked. Time limits are zero. Where
//! python3 is 3.13 or later, shutdowns are among the steps. `YIBU_TEST_SEED` repeats a run.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)] // What a test measured or chose at random.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use yibu::queue::{Queue, Shutdown};

const TRACES: u64 = 150;
const STEPS: u64 = 40;
const THREADS: usize = 3;

/// One line in, one line out. A thread is blocked when it is among the waiters of one of the queue's conditions.
const PYTHON: &str = r#"
import queue, sys, threading, time
can_shut_down = hasattr(queue.Queue, "shutdown")
print("shutdown" if can_shut_down else "no shutdown", flush=True)
SHUT = getattr(queue, "ShutDown", ())
def call(f):
    try:
        return "ok" if (got := f()) is None else f"got {got}"
    except queue.Empty: return "empty"
    except queue.Full: return "full"
    except ValueError: return "too often"
    except SHUT: return "shut down"
def start(i, f):
    global busy
    def run():
        outcome = call(f)
        done.append((i, outcome))
    busy += 1
    threading.Thread(target=run, daemon=True).start()
for line in sys.stdin:
    op, *rest = line.split()
    out = "ok"
    if op == "new":
        kind = {"fifo": queue.Queue, "lifo": queue.LifoQueue, "priority": queue.PriorityQueue}[rest[0]]
        q, busy, done = kind(int(rest[1])), 0, []
    elif op == "try_put": out = call(lambda: q.put_nowait(int(rest[0])))
    elif op == "try_get": out = call(q.get_nowait)
    elif op == "put_0": out = call(lambda: q.put(int(rest[0]), timeout=0))
    elif op == "get_0": out = call(lambda: q.get(timeout=0))
    elif op == "task_done": out = call(q.task_done)
    elif op == "drain": out = call(q.shutdown)
    elif op == "immediate": out = call(lambda: q.shutdown(immediate=True))
    elif op == "put": start(rest[0], lambda v=int(rest[1]): q.put(v))
    elif op == "get": start(rest[0], q.get)
    elif op == "join": start(rest[0], q.join)
    while True:
        with q.mutex:
            waiting = [len(c._waiters) for c in (q.not_empty, q.not_full, q.all_tasks_done)]
            if busy == len(done) + sum(waiting): break
        time.sleep(0)
    busy -= len(done)
    ended = sorted(done)
    done.clear()
    print(out, ended, q.qsize(), q.unfinished_tasks, waiting, q.full(), flush=True)
"#;

struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    can_shut_down: bool,
}

impl Python {
    /// Nothing if there is no python3 and none is required.
    fn start() -> Option<Self> {
        let child = Command::new("python3")
            .args(["-u", "-c", PYTHON])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                let is_required = std::env::var_os("YIBU_TEST_REQUIRE_TOOLS").is_some();
                assert!(!is_required, "python3: {error}");
                println!("skipped: there is no python3");
                return None;
            }
        };
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        Some(Self {
            can_shut_down: first.trim() == "shutdown",
            child,
            input,
            output,
        })
    }

    fn step(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "Python has ended");
        answer.trim().to_owned()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This library's side, with the same answers.
struct Ours {
    queue: Queue<u32>,
    busy: usize,
    outcomes: mpsc::Receiver<(usize, String)>,
    tell: mpsc::Sender<(usize, String)>,
}

fn put_outcome<E: std::fmt::Display>(outcome: Result<(), E>) -> String {
    outcome.map_or_else(|error| name(&error.to_string()), |()| "ok".into())
}

fn get_outcome<E: std::fmt::Display>(outcome: Result<u32, E>) -> String {
    outcome.map_or_else(
        |error| name(&error.to_string()),
        |item| format!("got {item}"),
    )
}

/// Python's word for an error.
fn name(message: &str) -> String {
    let is = |part| message.contains(part);
    let name = match () {
        () if is("shut down") => "shut down",
        () if is("full") => "full",
        () if is("empty") => "empty",
        () if is("more often") => "too often",
        () => message,
    };
    name.to_owned()
}

impl Ours {
    fn new(kind: &str, capacity: usize) -> Self {
        let most = if capacity == 0 { usize::MAX } else { capacity };
        let (tell, outcomes) = mpsc::channel();
        Self {
            queue: match kind {
                "fifo" if capacity == 0 => Queue::unbounded(),
                "fifo" => Queue::fifo(capacity),
                "lifo" => Queue::lifo(most),
                _ => Queue::priority(most),
            },
            busy: 0,
            outcomes,
            tell,
        }
    }

    fn start(&mut self, thread: usize, f: impl FnOnce(&Queue<u32>) -> String + Send + 'static) {
        self.busy += 1;
        let (queue, tell) = (self.queue.clone(), self.tell.clone());
        thread::spawn(move || {
            let outcome = f(&queue);
            // At the end of a trace nobody listens.
            let _ = tell.send((thread, outcome));
        });
    }

    fn step(&mut self, line: &str) -> (String, Vec<usize>) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |n: usize| words[n].parse::<u32>().unwrap();
        let queue = &self.queue;
        let mut out = "ok".to_owned();
        match words[0] {
            "new" => {}
            "try_put" => out = put_outcome(queue.try_put(number(1))),
            "try_get" => out = get_outcome(queue.try_get()),
            "put_0" => out = put_outcome(queue.put_timeout(number(1), Duration::ZERO)),
            "get_0" => out = get_outcome(queue.get_timeout(Duration::ZERO)),
            "task_done" => out = put_outcome(queue.task_done()),
            "drain" => queue.shutdown(Shutdown::Drain),
            "immediate" => queue.shutdown(Shutdown::Immediate),
            "put" => {
                let item = number(2);
                self.start(number(1) as usize, move |queue| {
                    put_outcome(queue.put_blocking(item))
                });
            }
            "get" => self.start(number(1) as usize, |queue| {
                get_outcome(queue.get_blocking())
            }),
            "join" => self.start(number(1) as usize, |queue| {
                queue.join_blocking();
                "ok".into()
            }),
            other => panic!("{other}?"),
        }
        let mut ended = Vec::new();
        let began = Instant::now();
        let stats = loop {
            ended.extend(self.outcomes.try_iter());
            let stats = self.queue.stats();
            let waiting = stats.waiting_getters + stats.waiting_putters + stats.waiting_joiners;
            if self.busy == ended.len() + waiting {
                break stats;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "stranded: {line}, {stats:?}"
            );
            thread::yield_now();
        };
        self.busy -= ended.len();
        ended.sort();
        let list: Vec<String> = ended
            .iter()
            .map(|(thread, outcome)| format!("('{thread}', '{outcome}')"))
            .collect();
        let is_full = if self.queue.is_full() {
            "True"
        } else {
            "False"
        };
        let answer = format!(
            "{out} [{}] {} {} [{}, {}, {}] {is_full}",
            list.join(", "),
            stats.length,
            stats.unfinished,
            stats.waiting_getters,
            stats.waiting_putters,
            stats.waiting_joiners
        );
        (
            answer,
            ended.into_iter().map(|(thread, _)| thread).collect(),
        )
    }
}

fn trace(python: &mut Python, seed: u64) {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |limit: u64| {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    };
    let kind = ["fifo", "lifo", "priority"][below(3) as usize];
    let capacity = [0, 1, 1, 2, 3][below(5) as usize];
    let mut ours = Ours::new(kind, capacity);
    let mut steps = vec![format!("new {kind} {capacity}")];
    let mut free: Vec<usize> = (0..THREADS).collect();
    for step in 0..STEPS {
        // All different: of equal ones Python promises no order.
        let item = below(1000) * 1000 + step;
        let thread = free.first().copied();
        let next = match (below(16), thread) {
            (0..=1, _) => format!("try_put {item}"),
            (2..=3, _) => "try_get".into(),
            (4, _) => format!("put_0 {item}"),
            (5, _) => "get_0".into(),
            (6..=7, _) => "task_done".into(),
            (8..=10, Some(thread)) => format!("put {thread} {item}"),
            (11..=13, Some(thread)) => format!("get {thread}"),
            (14, Some(thread)) => format!("join {thread}"),
            (15, _) if python.can_shut_down && below(4) == 0 => {
                ["drain", "immediate"][below(2) as usize].into()
            }
            (n, _) if n % 2 == 0 => format!("try_put {item}"),
            _ => "try_get".into(),
        };
        if ["put ", "get ", "join "]
            .iter()
            .any(|op| next.starts_with(op))
        {
            free.remove(0);
        }
        steps.push(next);
        if step == 0 {
            // The queue itself.
            let (answer, _) = ours.step(&steps[0]);
            assert_eq!(answer, python.step(&steps[0]));
        }
        let now = steps.last().unwrap();
        let (answer, ended) = ours.step(now);
        free.extend(ended);
        let theirs = python.step(now);
        assert_eq!(
            answer,
            theirs,
            "YIBU_TEST_SEED={seed}: ours, and Python's, after\n{}",
            steps.join("\n")
        );
    }
    ours.queue.shutdown(Shutdown::Immediate);
    while ours.queue.task_done().is_ok() {}
}

#[test]
fn traces_agree_with_python() {
    let Some(mut python) = Python::start() else {
        return;
    };
    println!("Python can shut down: {}", python.can_shut_down);
    if let Ok(seed) = std::env::var("YIBU_TEST_SEED") {
        return trace(&mut python, seed.parse().expect("a number"));
    }
    let first = u64::from(std::process::id()) << 20;
    println!("YIBU_TEST_SEED={first} and the {TRACES} that follow");
    for seed in first..first + TRACES {
        trace(&mut python, seed);
    }
}
