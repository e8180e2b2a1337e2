//! Twice as slow by construction.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::planted::{Fault, serve};

pub(crate) const CONTESTANT: Contestant =
    Contestant::server("", |listener, _| serve(listener, Fault::HalfSpeed));
