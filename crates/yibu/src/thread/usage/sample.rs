//! A sample of threads: what each had used by then.
#![forbid(unsafe_code)]

use std::io;
use std::time::Duration;

use super::slices::Slices;
use super::state::State;
use super::system;
use crate::rt::spun;
use crate::thread::current::{Thread, ThreadId};
use crate::thread::registry;

/// What each thread of a process had used when [`list`] or [`usage`] looked.
#[derive(Clone, Debug)]
pub struct Usage {
    process: u32,
    threads: Vec<ThreadUsage>,
}

/// One thread of a [`Usage`]. What the system does not tell is `None`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThreadUsage {
    /// Its name; of a thread that this library did not start, its first 15 bytes.
    pub name: String,
    /// The kernel's number of it.
    pub kernel_id: Option<u32>,
    /// Its id, if this library started it and it is one of this process.
    pub id: Option<ThreadId>,
    /// Whether the program's end does not wait for it; of threads that this library started.
    pub is_daemon: Option<bool>,
    /// What it was doing.
    pub state: Option<State>,
    /// Since when it lives, to a hundredth of a second.
    pub age: Option<Duration>,
    /// Time on a CPU.
    pub running: Option<Duration>,
    /// Time in which it could have run, and waited for a CPU.
    pub ready: Option<Duration>,
    /// How often it was given a CPU: its time slices.
    pub slices: Option<u64>,
    /// How often it gave its CPU up because it had to wait for something.
    pub voluntary: Option<u64>,
    /// How often its CPU was taken away.
    pub involuntary: Option<u64>,
    /// The part of `running` in which it spun, for microseconds at a time, in a wait of this library before it slept. Of threads of this process.
    pub spun: Option<Duration>,
    /// When it began, in ticks since the machine did: with its number, who it is.
    pub(super) began: Option<u64>,
}

/// Lists the threads of this process, also those that this library did not start, and what each did since it began.
///
/// Python's `threading.enumerate()`, and more. One sample knows what a thread was doing at the moment and how it spent its life
/// ([`ThreadUsage::slices_of_life`]); what it is doing lately is the difference of two ([`Usage::since`]).
///
/// Where the kernel is not Linux it lists what this library started, and knows neither states nor times: they are `None`.
///
/// # Errors
/// If `/proc` is not mounted or not readable.
///
/// ```
/// use yibu::thread::{self, Builder};
///
/// let lists = Builder::new().name("lists").spawn(|| {
///     let (threads, own) = (thread::list().unwrap(), thread::current().id());
///     threads.iter().find(|thread| thread.id == Some(own)).cloned()
/// })?;
/// let found = lists.join().unwrap().unwrap();
/// assert_eq!((found.name.as_str(), found.is_daemon), ("lists", Some(false)));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn list() -> io::Result<Usage> {
    let (process, mut own) = (std::process::id(), registry::live());
    if cfg!(not(target_os = "linux")) {
        let threads = own.iter().map(|own| {
            let mut thread = ThreadUsage::empty();
            thread.add(own);
            thread
        });
        let threads = threads.collect();
        return Ok(Usage { process, threads });
    }
    let mut threads = system::threads(process)?;
    // Also those that began meanwhile; those that ended meanwhile are known from before.
    own.extend(registry::live());
    for thread in &mut threads {
        let found = own.iter().find(|own| own.kernel_id() == thread.kernel_id);
        thread.spun = thread.kernel_id.map(spun);
        if let Some(own) = found {
            thread.add(own);
        }
    }
    Ok(Usage { process, threads })
}

/// As [`list`], for another process, by its number: it need not be one that uses this library, and is not stopped.
///
/// Which of its threads are daemons, and how much of their time they spun, is not known from outside.
///
/// # Errors
/// [`NotFound`](io::ErrorKind::NotFound) if there is no such process, or `/proc` hides it from this user (`hidepid`);
/// [`PermissionDenied`](io::ErrorKind::PermissionDenied) if the system refuses; [`Unsupported`](io::ErrorKind::Unsupported) where the kernel is not Linux.
///
/// ```
/// # if cfg!(target_os = "linux") {
/// let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
/// let usage = yibu::thread::usage(child.id()).unwrap();
/// assert_eq!(usage.iter().count(), 1, "sleep has one thread");
/// child.kill().unwrap();
/// child.wait().unwrap();
/// # }
/// ```
pub fn usage(process: u32) -> io::Result<Usage> {
    let threads = system::threads(process)?;
    Ok(Usage { process, threads })
}

impl Usage {
    /// The threads, in the order of their kernel ids, the main thread's first.
    pub fn iter(&self) -> std::slice::Iter<'_, ThreadUsage> {
        self.threads.iter()
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// What each thread did between an earlier sample and this one; for one that began in between, since it began. Threads that have ended
    /// are not in this sample.
    ///
    /// For a [class](Slices::class) that can be relied upon let half a second pass: the kernel brings the counts of a thread that runs
    /// up to date every few milliseconds.
    ///
    /// ```
    /// # if cfg!(target_os = "linux") {
    /// let before = yibu::thread::list().unwrap();
    /// let sum: u64 = (0..1_000_000).sum();
    /// let after = yibu::thread::list().unwrap();
    /// for (thread, slices) in after.since(&before) {
    ///     println!("{} ran for {:?} of {:?}", thread.name, slices.running, slices.window);
    /// }
    /// # assert!(sum > 0);
    /// # }
    /// ```
    pub fn since<'a>(
        &'a self,
        earlier: &'a Usage,
    ) -> impl Iterator<Item = (&'a ThreadUsage, Slices)> {
        self.threads.iter().map(|thread| {
            let before = earlier.threads.iter().find(|old| old.is_same(thread));
            let slices = before.map_or_else(|| thread.slices_of_life(), |old| thread.since(old));
            (thread, slices)
        })
    }
}

impl<'a> IntoIterator for &'a Usage {
    type Item = &'a ThreadUsage;
    type IntoIter = std::slice::Iter<'a, ThreadUsage>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl ThreadUsage {
    /// What it did with the time since it began.
    pub fn slices_of_life(&self) -> Slices {
        self.since(&ThreadUsage {
            age: Some(Duration::ZERO),
            running: Some(Duration::ZERO),
            ready: Some(Duration::ZERO),
            slices: Some(0),
            voluntary: Some(0),
            involuntary: Some(0),
            spun: Some(Duration::ZERO),
            state: Some(State::Ready),
            ..Self::empty()
        })
    }

    pub(super) fn empty() -> Self {
        ThreadUsage {
            name: String::new(),
            kernel_id: None,
            id: None,
            is_daemon: None,
            state: None,
            age: None,
            running: None,
            ready: None,
            slices: None,
            voluntary: None,
            involuntary: None,
            spun: None,
            began: None,
        }
    }

    /// Adds what is known of a thread that this library started.
    fn add(&mut self, own: &Thread) {
        own.name().clone_into(&mut self.name);
        self.id = Some(own.id());
        self.is_daemon = Some(own.is_daemon());
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.kernel_id, self.began) == (other.kernel_id, other.began)
    }

    fn since(&self, earlier: &Self) -> Slices {
        let time = |of: fn(&Self) -> Option<Duration>| Some(of(self)?.saturating_sub(of(earlier)?));
        let count = |of: fn(&Self) -> Option<u64>| Some(of(self)?.saturating_sub(of(earlier)?));
        let was_runnable = |of: &Self| of.state.as_ref().map(State::is_runnable);
        let voluntary = count(|of| of.voluntary);
        let never_left = (was_runnable(self), was_runnable(earlier), voluntary)
            == (Some(true), Some(true), Some(0));
        Slices {
            window: time(|of| of.age).unwrap_or_default(),
            running: time(|of| of.running),
            ready: time(|of| of.ready),
            count: count(|of| of.slices),
            voluntary,
            involuntary: count(|of| of.involuntary),
            spun: time(|of| of.spun),
            never_left,
        }
    }
}
