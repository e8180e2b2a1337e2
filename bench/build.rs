//! Finds the scenarios and their contestants, so that adding one is adding a file, and puts versions into the binary.
//!
//! A folder of `scenarios/` that has a `scenario.rs` is a scenario. Every other file of it is a contestant: a `.rs` has a constant
//! `CONTESTANT`, a `.py` is a program. The name says what it is: `limit…`, `yibu…`, `planted…`, or else a peer, which
//! is compiled only with the feature `peers`, or `peers-GROUP`, where the group is the first word of the scenario's name.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("registry.rs"), registry(&root)?)?;
    fs::write(out.join("versions.rs"), versions(&root)?)?;
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output()?.stdout;
    println!(
        "cargo::rustc-env=BENCH_RUSTC={}",
        String::from_utf8_lossy(&version).trim()
    );
    // `PROFILE` only says release or debug; the folder has the profile's name.
    let profile = out.ancestors().nth(3).and_then(Path::file_name);
    let profile = profile.map(|name| name.to_string_lossy().into_owned());
    println!(
        "cargo::rustc-env=BENCH_PROFILE={}",
        profile.unwrap_or_default()
    );
    for changed in ["build.rs", "scenarios", "Cargo.lock", "python"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    Ok(())
}

/// Whether the peers of a scenario are compiled: with all others, or because those of its group are asked for.
fn has_peers(scenario: &str) -> bool {
    let asked = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let group = scenario.split('-').next().unwrap_or(scenario);
    asked("PEERS") || asked(&format!("PEERS_{}", group.to_uppercase()))
}

/// The modules of all scenarios, and the table of them.
fn registry(root: &Path) -> Result<String, Box<dyn Error>> {
    let folder = root.join("scenarios");
    let (mut modules, mut table) = (String::new(), String::new());
    for scenario in sorted(&folder)?
        .iter()
        .filter(|path| path.join("scenario.rs").exists())
    {
        let name = stem(scenario)?;
        let module = name.replace('-', "_");
        // Raw names, since `yield` is a keyword.
        writeln!(modules, "pub(crate) mod r#{module} {{")?;
        writeln!(
            modules,
            "#[path = {:?}] pub(crate) mod scenario;",
            scenario.join("scenario.rs")
        )?;
        writeln!(
            table,
            "Entry {{ name: {name:?}, scenario: &r#{module}::scenario::SCENARIO, contestants: &["
        )?;
        for file in sorted(scenario)? {
            let contestant = stem(&file)?;
            let is_peer = !["limit", "yibu", "planted"]
                .iter()
                .any(|ours| contestant.starts_with(ours));
            let extension = file.extension().and_then(|extension| extension.to_str());
            if contestant == "scenario" || (is_peer && !has_peers(&name)) {
                continue;
            }
            let shown = contestant.replace('_', "-");
            match extension {
                Some("rs") => {
                    writeln!(modules, "#[path = {file:?}] pub(crate) mod r#{contestant};")?;
                    writeln!(
                        table,
                        "({shown:?}, &r#{module}::r#{contestant}::CONTESTANT),"
                    )?;
                }
                Some("py") => {
                    let package = python_package(root, &contestant)?;
                    writeln!(
                        table,
                        "({shown:?}, &Contestant::python({package:?}, {file:?})),"
                    )?;
                }
                _ => (),
            }
        }
        modules.push_str("}\n");
        table.push_str("] },\n");
    }
    Ok(format!(
        "{modules}\npub(crate) static SCENARIOS: &[Entry] = &[\n{table}];\n"
    ))
}

/// The first of the required packages that the contestant's name begins with or ends in, or else Python itself.
fn python_package(root: &Path, contestant: &str) -> Result<String, Box<dyn Error>> {
    let required = fs::read_to_string(root.join("python/requirements.txt"))?;
    let names = required.lines().filter_map(|line| line.split_once("=="));
    let mut names = names.map(|(name, _)| name);
    Ok(match names.find(|name| contestant.contains(name)) {
        Some(name) => format!("python:{name}"),
        None => "program:python3".to_owned(),
    })
}

/// The versions of all packages in the lock file, and of those that the Python contestants use.
fn versions(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("&[\n");
    let lock = fs::read_to_string(root.join("Cargo.lock"))?;
    let value = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let mut name = String::new();
    for line in lock.lines() {
        if line.starts_with("name = ") {
            name = value(line);
        } else if line.starts_with("version = ") && !name.is_empty() {
            writeln!(table, "({name:?}, {:?}),", value(line))?;
        }
    }
    for line in fs::read_to_string(root.join("python/requirements.txt"))?.lines() {
        if let Some((name, version)) = line.split_once("==") {
            writeln!(table, "({:?}, {version:?}),", format!("python:{name}"))?;
        }
    }
    table.push(']');
    Ok(table)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> Result<String, Box<dyn Error>> {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    Ok(stem
        .ok_or_else(|| format!("{} has no readable name", path.display()))?
        .to_owned())
}
