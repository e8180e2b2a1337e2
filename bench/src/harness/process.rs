//! A contestant as a process: started, counted by what the kernel says of it, and stopped.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Contestant, Done};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{env, fs};

/// Pins the calling thread, and what it starts from now on, to one core, until the result is dropped.
pub(crate) fn pin(core: usize) -> Result<Pinned> {
    let before = sched_getaffinity(None)?;
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set)
        .map_err(|error| format!("no thread can be pinned to core {core}: {error}"))?;
    Ok(Pinned { before })
}

/// A thread that is pinned to a core; when this is dropped, on that thread, it runs where it ran before.
#[must_use = "it is pinned until this is dropped"]
pub(crate) struct Pinned {
    before: CpuSet,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // These cores were allowed before.
        sched_setaffinity(None, &self.before).ok();
    }
}

/// The CPU time of the calling thread.
pub(crate) fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// The CPU time of all threads of this process; of those that run on other cores up to their last tick.
pub(crate) fn process_cpu() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// How to start a contestant.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(crate) scenario: &'static str,
    pub(crate) contestant: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Listens on all of the machine's addresses (on 127.0.0.1 otherwise).
    pub(crate) everywhere: bool,
    /// The core that it is pinned to.
    pub(crate) core: Option<usize>,
    /// How many descriptors it may open.
    pub(crate) descriptors: Option<u64>,
    /// A command that runs it, such as valgrind.
    pub(crate) under: Vec<String>,
}

impl Start {
    /// On core 0, with the contestant's environment.
    pub(crate) fn new(
        scenario: &'static str,
        name: &'static str,
        contestant: &Contestant,
        variant: &'static str,
    ) -> Self {
        let environment = contestant.environment.iter();
        Self {
            scenario,
            contestant: name,
            variant,
            environment: environment
                .map(|&(name, value)| (name, value.to_owned()))
                .collect(),
            core: Some(0),
            ..Self::default()
        }
    }
}

/// How long a contestant may take to start, and a worker for one order.
const PATIENCE: Duration = Duration::from_secs(60);

/// A contestant that runs. Dropping it kills it; if this process dies first, the kernel does.
pub(crate) struct Process {
    child: Child,
    orders: Option<ChildStdin>,
    lines: Receiver<String>,
    address: Option<SocketAddr>,
    said: Arc<Mutex<String>>,
    listeners: Vec<JoinHandle<()>>,
    counted: Counters,
    before: Option<Counters>,
    /// Operations for a visit, once a worker's speed is known.
    pub(crate) batch: Option<u64>,
}

impl Process {
    /// Starts a contestant and waits until it is ready.
    ///
    /// # Errors
    ///
    /// If it cannot be started or ends at once; the error then has what it said.
    pub(crate) fn start(start: &Start) -> Result<Self> {
        let mut child = command(start)?
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        let said = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().expect("asked for");
        let stderr = child.stderr.take().expect("asked for");
        let orders = child.stdin.take();
        let (lines, reader) = read_lines(stdout);
        let listener = listen(stderr, Arc::clone(&said));
        // From here on an early return drops `process`, which stops it.
        let mut process = Self {
            child,
            orders,
            lines,
            address: None,
            said,
            listeners: vec![reader, listener],
            counted: Counters::default(),
            before: None,
            batch: None,
        };
        let line = process
            .line()
            .map_err(|error| process.blame(&error.to_string()))?;
        match line.strip_prefix("ready") {
            Some("") => (),
            Some(address) => process.address = Some(address.trim().parse()?),
            None => {
                return Err(process
                    .blame(&format!("it said {line:?} and not ready"))
                    .into());
            }
        }
        Ok(process)
    }

    /// Where a server listens.
    ///
    /// # Errors
    ///
    /// If it named no address.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.address.ok_or("it named no address")?)
    }

    /// Has a worker do its work so many times.
    pub(crate) fn order(&mut self, count: u64) -> Result<Done> {
        let orders = self.orders.as_mut().ok_or("it takes no orders")?;
        let sent = writeln!(orders, "{count}").and_then(|()| orders.flush());
        sent.map_err(|error| format!("it takes no order: {error}"))?;
        self.line()?.parse()
    }

    fn line(&self) -> Result<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("it said nothing for {PATIENCE:?}").into())
            }
            Err(RecvTimeoutError::Disconnected) => Err("it ended".into()),
        }
    }

    /// What went wrong, and what the process said about it; ends it.
    pub(super) fn blame(&mut self, what: &str) -> String {
        self.kill();
        self.listeners
            .drain(..)
            .for_each(|listener| listener.join().expect("it only reads"));
        let said = self.said();
        let mut last: Vec<_> = said.trim().lines().rev().take(3).collect();
        last.reverse();
        match last.join("; ") {
            said if said.is_empty() => what.to_owned(),
            said => format!("{what}; {said}"),
        }
    }

    /// What it wrote to its standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("no panic under the lock").clone()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What is counted begins here: when everything is set up and the process sleeps.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.before = Some(self.counters()?);
        Ok(())
    }

    /// And ends here; several stretches of a visit add up.
    pub(crate) fn end(&mut self) -> Result<()> {
        let before = self.before.take().ok_or("what is counted has not begun")?;
        let after = self.counters()?;
        self.counted.add(&after, &before);
        Ok(())
    }

    /// What was counted since this was asked last.
    pub(super) fn counted(&mut self) -> Counters {
        std::mem::take(&mut self.counted)
    }

    /// The counters once it sleeps: a thread that runs is counted only up to the last tick.
    fn counters(&self) -> Result<Counters> {
        thread::sleep(Duration::from_millis(1));
        let (user, system) = self.ticks()?;
        Ok(Counters {
            cpu_ns: self.cpu_ns()?,
            user,
            system,
            switches: self.switches()?,
        })
    }

    /// The CPU time of all its threads, in nanoseconds, as the scheduler counts it. A thread that runs at the moment is
    /// counted up to the last tick: ask when it sleeps.
    pub(crate) fn cpu_ns(&self) -> Result<u64> {
        let mut sum = 0;
        for task in self.threads()? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            let run_time = text.split(' ').next().ok_or("an empty schedstat")?;
            sum += run_time.parse::<u64>()?;
        }
        Ok(sum)
    }

    /// Its user and system time, by the timer's ticks: each tick charges a whole tick to whatever it interrupts.
    fn ticks(&self) -> Result<(u64, u64)> {
        let stat = self.file("stat")?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("an unreadable stat")?;
        let field = |index: usize| fields.split(' ').nth(index).ok_or("a short stat");
        Ok((field(11)?.parse()?, field(12)?.parse()?))
    }

    /// How often its threads left a core, because they waited or because they had to.
    fn switches(&self) -> Result<u64> {
        let mut sum = 0;
        for task in self.threads()? {
            let status = fs::read_to_string(task?.path().join("status"))?;
            for line in status
                .lines()
                .filter(|line| line.contains("voluntary_ctxt_switches"))
            {
                sum += line
                    .split_whitespace()
                    .last()
                    .ok_or("a short line")?
                    .parse::<u64>()?;
            }
        }
        Ok(sum)
    }

    /// Its resident memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let rollup = self.file("smaps_rollup")?;
        Ok(Memory {
            resident: kibibytes(&rollup, "Rss:")? * 1024,
            private_dirty: kibibytes(&rollup, "Private_Dirty:")? * 1024,
        })
    }

    /// The most resident memory that it ever had, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        kibibytes(&self.file("status")?, "VmHWM:")
    }

    /// How many descriptors it has open.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.id()))?.count())
    }

    fn file(&self, name: &str) -> Result<String> {
        Ok(fs::read_to_string(format!("/proc/{}/{name}", self.id()))?)
    }

    fn threads(&self) -> Result<fs::ReadDir> {
        Ok(fs::read_dir(format!("/proc/{}/task", self.id()))?)
    }

    fn kill(&mut self) {
        self.orders = None;
        // Both fail only when it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the kernel counts of a process.
#[derive(Clone, Copy, Default)]
pub(super) struct Counters {
    pub(super) cpu_ns: u64,
    /// In ticks, 100 a second.
    pub(super) user: u64,
    pub(super) system: u64,
    pub(super) switches: u64,
}

impl Counters {
    /// Adds what is between two readings. A thread that ended took its counts with it.
    fn add(&mut self, after: &Self, before: &Self) {
        self.cpu_ns += after.cpu_ns.saturating_sub(before.cpu_ns);
        self.user += after.user.saturating_sub(before.user);
        self.system += after.system.saturating_sub(before.system);
        self.switches += after.switches.saturating_sub(before.switches);
    }
}

/// Resident memory in bytes: all of it, and what is neither shared nor backed by a file.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) private_dirty: u64,
}

fn kibibytes(text: &str, name: &str) -> Result<u64> {
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(value
        .ok_or_else(|| format!("no {name} in /proc"))?
        .parse()?)
}

fn command(start: &Start) -> Result<Command> {
    let bench = env::current_exe()?;
    let mut command = match &start.under[..] {
        [] => Command::new(bench),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(bench);
            command
        }
    };
    command.args([
        "contestant",
        start.scenario,
        start.contestant,
        start.variant,
    ]);
    command.args(["--die-with-parent", "--bind"]);
    command.arg(if start.everywhere {
        "0.0.0.0:0"
    } else {
        "127.0.0.1:0"
    });
    if let Some(core) = start.core {
        command.args(["--core", &core.to_string()]);
    }
    if let Some(descriptors) = start.descriptors {
        command.args(["--descriptors", &descriptors.to_string()]);
    }
    command.envs(start.environment.iter().map(|(name, value)| (name, value)));
    // A panic's message is a reason; where it came from would be many lines in every table.
    command.env("RUST_BACKTRACE", "0");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

/// Passes on a process's lines as they come.
fn read_lines(stdout: ChildStdout) -> (Receiver<String>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel();
    let reader = thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(|line| line.ok());
        lines
            .map_while(|line| sender.send(line).ok())
            .for_each(drop);
    });
    (receiver, reader)
}

/// Collects what a process says, so that it never waits for a reader.
fn listen(mut stderr: impl Read + Send + 'static, said: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(n @ 1..) = stderr.read(&mut part) {
            said.lock()
                .expect("no panic under the lock")
                .push_str(&String::from_utf8_lossy(&part[..n]));
        }
    })
}
