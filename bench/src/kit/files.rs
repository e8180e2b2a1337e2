//! The files of `http-file`: made by the harness, and found by the contestants through an environment variable.
#![forbid(unsafe_code)]

use crate::Result;
use crate::load::Wanted;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, process};

/// The environment variable that names their folder.
pub(crate) const VARIABLE: &str = "BENCH_FILES";

/// What all servers call them, by the end of the file's name.
pub(crate) const CONTENT_TYPE: &str = "application/octet-stream";

/// A variant of the scenario: a file, and how many connections ask for it.
pub(crate) struct Shape {
    pub(crate) variant: &'static str,
    pub(crate) name: &'static str,
    pub(crate) length: usize,
    pub(crate) connections: usize,
}

pub(crate) const SHAPES: [Shape; 3] = [
    Shape {
        variant: "1 KiB",
        name: "small.bin",
        length: 1 << 10,
        connections: 64,
    },
    Shape {
        variant: "64 KiB",
        name: "middle.bin",
        length: 64 << 10,
        connections: 64,
    },
    Shape {
        variant: "10 MiB",
        name: "large.bin",
        length: 10 << 20,
        connections: 16,
    },
];

/// The shape of a variant.
pub(crate) fn shape(variant: &str) -> Result<&'static Shape> {
    let shape = SHAPES.iter().find(|shape| shape.variant == variant);
    Ok(shape.ok_or("no such variant")?)
}

/// The folder that a contestant serves.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = env::var_os(VARIABLE).ok_or_else(|| {
        let names = SHAPES.map(|shape| shape.name).join(", ");
        format!("{VARIABLE} must name a folder that has {names}")
    })?;
    Ok(folder.into())
}

/// The folder with a file; it is removed when this is dropped.
pub(crate) struct Folder {
    path: PathBuf,
    wanted: Arc<Wanted>,
}

impl Folder {
    /// Makes it, with the variant's file, whose bytes look random and are the same every time.
    pub(crate) fn make(variant: &str) -> Result<Self> {
        let shape = shape(variant)?;
        let path = env::temp_dir().join(format!("bench-files-{}", process::id()));
        fs::create_dir(&path)
            .map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        let wanted = Wanted {
            target: format!("/{}", shape.name),
            content_type: CONTENT_TYPE,
            body: bytes(shape.length),
        };
        let folder = Self {
            path,
            wanted: Arc::new(wanted),
        };
        fs::write(folder.path.join(shape.name), &folder.wanted.body)?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is asked of the servers.
    pub(crate) fn wanted(&self) -> &Arc<Wanted> {
        &self.wanted
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("{} is left behind: {error}", self.path.display());
        }
    }
}

/// The output of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators") from seed 0.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0_u64;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    });
    words.flat_map(u64::to_le_bytes).take(length).collect()
}
