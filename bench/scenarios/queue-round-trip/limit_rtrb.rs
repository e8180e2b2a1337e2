//! rtrb's ring, on which both sides spin.
#![forbid(unsafe_code)]

use super::scenario::run;
use crate::contestant::Contestant;
use crate::kit::queue::rtrb::ring;

pub(crate) const CONTESTANT: Contestant = Contestant::worker("rtrb", |orders| run(orders, ring));
