//! `aiohttp-uvloop` of http-hello, with many connections.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::python(
    "python:aiohttp",
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/scenarios/http-hello/aiohttp_uvloop.py"
    ),
);
