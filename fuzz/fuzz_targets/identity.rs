//! What is encoded is decoded as it was.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../bodies.rs"]
#[allow(dead_code)] // each target uses a part of them
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::identity(bytes));
