//! All scenarios and contestants, found by the build script.

use crate::Result;
use crate::contestant::Contestant;
use crate::harness::Scenario;

/// A scenario and those who take part.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) scenario: &'static dyn Scenario,
    pub(crate) contestants: &'static [(&'static str, &'static Contestant)],
}

/// What a contestant is to us, by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Yibu,
    Peer,
    Limit,
}

impl Kind {
    pub(crate) fn of(contestant: &str) -> Self {
        match contestant {
            name if name.starts_with("yibu") => Self::Yibu,
            name if name.starts_with("limit") => Self::Limit,
            _ => Self::Peer,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yibu => "yibu",
            Self::Peer => "peer",
            Self::Limit => "limit",
        }
    }
}

impl Entry {
    pub(crate) fn contestant(&self, name: &str) -> Result<&'static Contestant> {
        let found = self.contestants.iter().find(|(other, _)| *other == name);
        let (_, contestant) = found.ok_or_else(|| {
            let names: Vec<_> = self.contestants.iter().map(|(name, _)| *name).collect();
            format!(
                "no contestant of {} is called {name}; there are {}",
                self.name,
                names.join(", ")
            )
        })?;
        Ok(contestant)
    }
}

/// The scenario of that name.
pub(crate) fn scenario(name: &str) -> Result<&'static Entry> {
    SCENARIOS
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = SCENARIOS.iter().map(|entry| entry.name).collect();
            format!(
                "no scenario is called {name}; there are {}",
                names.join(", ")
            )
            .into()
        })
}

/// The version of a package that a contestant is made of.
pub(crate) fn version(package: &str) -> Option<&'static str> {
    let versions: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/versions.rs"));
    versions
        .iter()
        .rfind(|(name, _)| *name == package)
        .map(|(_, version)| *version)
}

include!(concat!(env!("OUT_DIR"), "/registry.rs"));
