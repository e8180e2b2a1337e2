//! Why a generator was not resumed.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

/// Why [`Generator::try_start`](super::Generator::try_start) did not come to a yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// It was started before: [`resume`](super::Generator::resume) it.
    Started,
    /// Its body has returned, was closed, or panicked.
    Finished,
    /// Its body awaits something else than a yield of its own, which nobody here can wait for: use it as a stream, or [`start_async`](super::Generator::start_async).
    /// If that is one that has begun, [`continue_async`](super::Generator::continue_async) waits on.
    Foreign,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StartError::Started => "the generator was started before: resume it",
            StartError::Finished => FINISHED,
            StartError::Foreign => FOREIGN,
        })
    }
}

impl Error for StartError {}

/// Why [`Generator::try_resume`](super::Generator::try_resume) did not come to a yield; with the value, unless the body has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResumeError<R> {
    /// Nothing of its body has run, so no yield waits for a value: [`start`](super::Generator::start) it.
    JustStarted(R),
    /// Its body has returned, was closed, or panicked.
    Finished(R),
    /// Its body awaits something else than a yield of its own, which nobody here can wait for: use it as a stream, or [`resume_async`](super::Generator::resume_async).
    Foreign(Option<R>),
}

impl<R> ResumeError<R> {
    /// The value that was to be sent, unless the body has it.
    pub fn into_inner(self) -> Option<R> {
        match self {
            ResumeError::JustStarted(value) | ResumeError::Finished(value) => Some(value),
            ResumeError::Foreign(value) => value,
        }
    }
}

impl<R> fmt::Display for ResumeError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResumeError::JustStarted(_) => {
                "a value was sent to a just-started generator, where no yield waits for it: call start first"
            }
            ResumeError::Finished(_) => FINISHED,
            ResumeError::Foreign(_) => FOREIGN,
        })
    }
}

impl<R: fmt::Debug> Error for ResumeError<R> {}

const FINISHED: &str = "the generator has finished: its body has returned, was closed, or panicked";
const FOREIGN: &str = "the generator's body awaits something else than a yield of its own, which only an event loop can wait for: use it as a stream, or start_async and resume_async";
