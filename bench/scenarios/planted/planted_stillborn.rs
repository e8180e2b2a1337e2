//! Does not start.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant =
    Contestant::exec(|_| Err("a planted failure to start".into()));
