//! What the language itself will have: coroutines and gen blocks, which need a nightly compiler.
#![forbid(unsafe_code)]

use crate::Result;
use std::convert::Infallible;
use std::env;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/nightly/generators.rs");

/// Replaces this process by the program of `nightly/generators.rs`, which a nightly compiler makes of it beside this one.
///
/// # Errors
///
/// If there is no nightly compiler.
pub(crate) fn nightly(kind: &str, scenario: &str, variant: &str) -> Result<Infallible> {
    let program = compiled()?;
    let error = Command::new(&program)
        .args([kind, scenario, variant])
        .exec();
    Err(format!("{} cannot be run: {error}", program.display()).into())
}

/// The program. Several contestants may want it at once: each makes its own, and the last stays.
fn compiled() -> Result<PathBuf> {
    let bench = env::current_exe()?;
    let program = bench
        .parent()
        .unwrap_or(Path::new("."))
        .join("nightly-generators");
    let is_newer = || Some(modified(&program)? > modified(Path::new(SOURCE))?);
    if is_newer() == Some(true) {
        return Ok(program);
    }
    let own = program.with_extension(std::process::id().to_string());
    let output = Command::new("rustc")
        .args(["+nightly", "--edition", "2024", "-C", "opt-level=3"])
        .args(["-C", "codegen-units=1", "-C", "lto=fat", "-o"])
        .arg(&own)
        .arg(SOURCE)
        .output()
        .map_err(|error| format!("there is no rustc: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("rustc +nightly: {}", said.trim()).into());
    }
    std::fs::rename(own, &program)?;
    Ok(program)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}
