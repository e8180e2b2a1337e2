//! Shared data: random traces against models and against CPython, threads, code of the user's that panics or calls back in.
//!
//! Random tests print their seed; `YIBU_TEST_SEED` repeats a run.
#![forbid(unsafe_code)]

mod foreign_code;
mod noise;
mod python;
mod threads;
mod traces;
