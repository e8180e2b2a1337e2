//! How much room a queue has.
#![forbid(unsafe_code)]

use crate::Result;

/// The flavours that are measured, as the names of variants have them at their ends.
pub(crate) const BOUNDED: &str = "bounded 1,024";
pub(crate) const UNBOUNDED: &str = "unbounded";
pub(crate) const ONE: &str = "capacity 1";

/// The room of [`BOUNDED`].
pub(crate) const ROOM: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// With room for so many items.
    Bounded(usize),
    Unbounded,
}

impl Flavour {
    /// A variant's.
    ///
    /// # Errors
    ///
    /// If its name ends in none.
    pub(crate) fn of(variant: &str) -> Result<Self> {
        let all = [
            (BOUNDED, Self::Bounded(ROOM)),
            (UNBOUNDED, Self::Unbounded),
            (ONE, Self::Bounded(1)),
        ];
        let found = all.iter().find(|(name, _)| variant.ends_with(name));
        let (_, flavour) = found.ok_or_else(|| format!("{variant} names no flavour"))?;
        Ok(*flavour)
    }

    /// Whether a contestant has it: thingbuf has no unbounded channel, and Python's `SimpleQueue` no bound.
    pub(crate) fn is_had_by(self, contestant: &str) -> bool {
        match contestant {
            "thingbuf" => self != Self::Unbounded,
            "python-simplequeue" => self == Self::Unbounded,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_ends_with_its_flavour() {
        assert!(Flavour::of("4 to 1, unbounded").unwrap() == Flavour::Unbounded);
        assert!(Flavour::of("4 to 1, bounded 1,024").unwrap() == Flavour::Bounded(1024));
        assert!(Flavour::of("capacity 1").unwrap() == Flavour::Bounded(1));
        assert!(Flavour::of("4 to 1").is_err());
    }
}
