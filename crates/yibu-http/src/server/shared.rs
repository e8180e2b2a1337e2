//! What all connections of one server share.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::io::{self, Write};

use super::registry::Registry;
use super::report::{Access, Report};
use super::{Limits, work::Work};

pub(crate) struct Shared {
    pub(super) registry: Registry,
    pub(crate) limits: Limits,
    pub(super) hooks: Hooks,
    /// Buffers for whoever has a request to serve next.
    #[expect(
        clippy::vec_box,
        reason = "they stay boxed when they are lent: a request moves, its buffers do not"
    )]
    works: RefCell<Vec<Box<Work>>>,
}

pub(super) type LogHook = Box<dyn Fn(&Access<'_>)>;
pub(super) type ReportHook = Box<dyn Fn(&Report<'_>)>;

/// What the owner wants to be told.
#[derive(Default)]
pub(super) struct Hooks {
    pub(super) log: Option<LogHook>,
    pub(super) report: Option<ReportHook>,
    pub(super) log_durations: bool,
}

/// How many buffers are kept for later.
const SPARE_WORKS: usize = 32;

impl Shared {
    pub(super) fn new(limits: Limits, hooks: Hooks) -> Self {
        Shared {
            registry: Registry::new(),
            limits,
            hooks,
            works: RefCell::default(),
        }
    }

    /// The coarse clock, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        self.registry.now()
    }

    pub(super) fn report(&self, report: &Report<'_>) {
        match &self.hooks.report {
            Some(hook) => hook(report),
            // Nobody may read it any more, which is no reason to stop.
            None => drop(writeln!(io::stderr(), "yibu-http: {report}")),
        }
    }

    pub(crate) fn take_work(&self) -> Box<Work> {
        let spare = self.works.borrow_mut().pop();
        spare.unwrap_or_else(|| Box::new(Work::new(self.limits.codec())))
    }

    pub(crate) fn give_back_work(&self, mut work: Box<Work>) {
        let mut works = self.works.borrow_mut();
        if works.len() < SPARE_WORKS && work.recycle() {
            works.push(work);
        }
    }
}
