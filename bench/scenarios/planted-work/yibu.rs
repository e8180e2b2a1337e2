//! Twice as much as the limit.
#![forbid(unsafe_code)]

use super::scenario::{ADDITIONS, run};
use crate::contestant::Contestant;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("", |orders| run(orders, 2 * ADDITIONS));
