//! Puts the compiler's version into the binary, so that every result can name it.
#![forbid(unsafe_code)]

use std::{env, process::Command};

fn main() {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map_or_else(
        |_| "unknown".into(),
        |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
    );
    println!("cargo::rustc-env=BENCH_RUSTC={version}");
    println!(
        "cargo::rustc-env=BENCH_PROFILE={}",
        env::var("PROFILE").unwrap_or_default()
    );
    println!("cargo::rerun-if-changed=build.rs");
}
