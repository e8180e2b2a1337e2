//! The work that the harness orders.
#![forbid(unsafe_code)]

use super::{Done, Stopwatch};
use crate::Result;
use std::env;
use std::io::{BufRead, Write, stdin, stdout};

/// The orders of a worker, one after the other, until the harness has enough.
pub(crate) struct Orders {
    variant: String,
}

impl Orders {
    /// Says that the worker is ready; what was set up before is not measured.
    pub(super) fn new(variant: &str) -> Self {
        Self {
            variant: variant.to_owned(),
        }
    }

    /// What exactly is to be measured.
    pub(crate) fn variant(&self) -> &str {
        &self.variant
    }

    /// Whether everything but time may be less, too.
    pub(crate) fn is_quick(&self) -> bool {
        env::var_os("BENCH_QUICK").is_some()
    }

    /// How often to do the work now; blocks the thread. `None` if nothing more is to be done.
    pub(crate) fn next(&mut self) -> Option<u64> {
        let mut line = String::new();
        stdin().lock().read_line(&mut line).ok()?;
        line.trim().parse().ok()
    }

    /// What was done.
    pub(crate) fn done(&mut self, done: &Done) {
        let mut out = stdout().lock();
        // If nobody reads it, the next order will be the end.
        writeln!(out, "{done}").and_then(|()| out.flush()).ok();
    }

    /// Carries out every order with a function that does the work so many times and gives the proof.
    pub(crate) fn run(self, mut work: impl FnMut(u64) -> u64) -> Result<()> {
        self.run_timed(|count| {
            let began = Stopwatch::start();
            let proof = work(count);
            began.done(proof)
        })
    }

    /// As [`run`](Self::run), for a function that has something to set up first and so times itself.
    pub(crate) fn run_timed(mut self, mut work: impl FnMut(u64) -> Done) -> Result<()> {
        while let Some(count) = self.next() {
            self.done(&work(count));
        }
        Ok(())
    }
}
