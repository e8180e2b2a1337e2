//! The language's own coroutines, which need a nightly compiler.
#![forbid(unsafe_code)]

use crate::contestant::Contestant;
use crate::kit::generator::nightly;

pub(crate) const CONTESTANT: Contestant =
    Contestant::exec(|variant| nightly("coroutine", "send", variant));
