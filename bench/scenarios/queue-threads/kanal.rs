//! kanal.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("kanal", |orders| {
    run(orders, kanal::bounded, kanal::unbounded)
});
