//! The Python that runs the Python contestants: a virtual environment beside the binary, with what `python/requirements.txt` names.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::python_folder;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// The interpreter, which [`prepare`] has made.
pub(crate) fn interpreter() -> Result<PathBuf> {
    Ok(environment()?.join("bin/python"))
}

/// Makes the environment, unless it is there and has what is wanted.
///
/// # Errors
///
/// If there is no `python3`, or the packages cannot be fetched.
pub(crate) fn prepare() -> Result<()> {
    let (folder, wanted) = (environment()?, python_folder().join("requirements.txt"));
    let (stamp, wanted_text) = (folder.join("installed.txt"), fs::read_to_string(&wanted)?);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted_text) {
        return Ok(());
    }
    eprintln!("fetching what the Python contestants need ...");
    run(
        Command::new("python3").args(["-m", "venv"]).arg(&folder),
        "python3 -m venv (Debian: apt-get install python3-venv)",
    )?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ];
    run(
        Command::new(interpreter()?).args(pip).arg(&wanted),
        "pip install",
    )?;
    Ok(fs::write(stamp, wanted_text)?)
}

fn environment() -> Result<PathBuf> {
    let bench = env::current_exe()?;
    Ok(bench.parent().unwrap_or(Path::new(".")).join("python"))
}

fn run(command: &mut Command, name: &str) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name} cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()).into())
}
