//! A contestant as a process: started, counted by what the kernel says of it, and stopped.

#![forbid(unsafe_code)]

use crate::Result;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
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
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// How to start a contestant.
#[derive(Clone, Default)]
pub(crate) struct Start {
    /// Its name, as `serve` knows it.
    pub(crate) contestant: &'static str,
    /// `YIBU_DRIVER`, for contestants that have several drivers.
    pub(crate) driver: Option<&'static str>,
    /// Listens on all of the machine's addresses (on 127.0.0.1 otherwise).
    pub(crate) everywhere: bool,
    /// The core that it is pinned to.
    pub(crate) core: Option<usize>,
    /// How many descriptors it may open.
    pub(crate) descriptors: Option<u64>,
    /// A command that runs it, such as valgrind.
    pub(crate) under: Vec<String>,
}

/// A contestant that runs. Dropping it kills it; if this process dies first, the kernel does.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a contestant and waits until it has printed its address.
    ///
    /// # Errors
    ///
    /// If it cannot be started or ends at once; the error then has what it said.
    pub(crate) fn start(start: &Start) -> Result<Self> {
        let mut child = command(start)?
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", start.contestant))?;
        let said = Arc::new(Mutex::new(String::new()));
        let listener = listen(child.stderr.take().expect("asked for"), Arc::clone(&said));
        let stdout = child.stdout.take().expect("asked for");
        // From here on an early return drops `server`, which stops the process.
        let mut server = Self {
            child,
            address: ([0, 0, 0, 0], 0).into(),
            said,
            listener: Some(listener),
        };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        match line.trim().parse() {
            Ok(address) => server.address = address,
            Err(_) => {
                return Err(format!(
                    "{} did not start: {}",
                    start.contestant,
                    server.last_words()
                )
                .into());
            }
        }
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it wrote to its standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("no panic under the lock").clone()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it, and gives all that it said.
    fn last_words(mut self) -> String {
        self.kill();
        if let Some(listener) = self.listener.take() {
            listener.join().expect("it only reads");
        }
        self.said()
    }

    /// The CPU time of all its threads, in nanoseconds, as the scheduler counts it. A thread that runs at the moment is
    /// counted up to the last tick: ask when it sleeps.
    pub(crate) fn cpu_ns(&self) -> Result<u64> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            sum += text
                .split(' ')
                .next()
                .ok_or("an empty schedstat")?
                .parse::<u64>()?;
        }
        Ok(sum)
    }

    /// Its user and system time, by the timer's ticks: each tick charges a whole tick to whatever it interrupts.
    pub(crate) fn ticks(&self) -> Result<Ticks> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("an unreadable stat")?;
        let field = |index: usize| fields.split(' ').nth(index).ok_or("a short stat");
        Ok(Ticks {
            user: field(11)?.parse()?,
            system: field(12)?.parse()?,
        })
    }

    /// Its resident memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let bytes = |name: &str| -> Result<u64> {
            let line = rollup
                .lines()
                .find(|line| line.starts_with(name))
                .ok_or("a short smaps_rollup")?;
            Ok(line
                .split_whitespace()
                .nth(1)
                .ok_or("a short line")?
                .parse::<u64>()?
                * 1024)
        };
        Ok(Memory {
            resident: bytes("Rss:")?,
            private_dirty: bytes("Private_Dirty:")?,
        })
    }

    /// How many descriptors it has open.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    fn kill(&mut self) {
        // Both fail only when it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// User and system time in ticks, 100 a second.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ticks {
    pub(crate) user: u64,
    pub(crate) system: u64,
}

/// Resident memory in bytes: all of it, and what is neither shared nor backed by a file.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) private_dirty: u64,
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
    command.args(["serve", start.contestant, "--die-with-parent", "--bind"]);
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
    if let Some(driver) = start.driver {
        command.env("YIBU_DRIVER", driver);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

/// Collects what a server says, so that it never waits for a reader.
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
