//! Numbers that nobody needs to guess.

#![forbid(unsafe_code)]

use crate::rt;

/// The next number of this loop's random sequence, which starts anew for each loop. For spreading things out, not for
/// secrets: who sees some of the numbers can compute the rest. In a simulated loop the sequence follows from the seed.
///
/// ```
/// let (a, b) = yibu::run(async { (yibu::event_loop::random(), yibu::event_loop::random()) });
/// assert_ne!(a, b);
/// ```
///
/// # Panics
///
/// Outside a loop.
#[track_caller]
pub fn random() -> u64 {
    rt::with("yibu::event_loop::random", rt::Context::random)
}
