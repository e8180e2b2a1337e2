//! Any cut of a chunked body gives the same data.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../bodies.rs"]
#[allow(dead_code)] // each target uses a part of them
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::chunked_cut(bytes));
