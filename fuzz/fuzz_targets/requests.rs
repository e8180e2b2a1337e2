//! Any cut of a stream of requests gives the same events.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../bodies.rs"]
#[allow(dead_code)] // each target uses a part of them
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::requests_cut(bytes));
