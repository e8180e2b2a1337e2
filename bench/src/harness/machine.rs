//! What a result was measured on and with.

#![forbid(unsafe_code)]

use std::{env, fmt, fs};

/// The machine, kernel, compiler and command of this run; its `Display` heads every printed result.
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    command: String,
}

impl Machine {
    /// Reads it from the system.
    pub(crate) fn here() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name| {
            info.lines()
                .find(|line| line.starts_with(name))
                .and_then(|line| line.split(": ").nth(1))
        };
        Self {
            processor: field("model name")
                .unwrap_or("unknown processor")
                .to_owned(),
            cores: info
                .lines()
                .filter(|line| line.starts_with("processor"))
                .count(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            command: env::args().skip(1).collect::<Vec<_>>().join(" "),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{}, {} cores, Linux {}",
            self.processor, self.cores, self.kernel
        )?;
        writeln!(
            out,
            "{}, profile {}; command: bench {}",
            env!("BENCH_RUSTC"),
            env!("BENCH_PROFILE"),
            self.command
        )?;
        if env!("BENCH_PROFILE") != "release" {
            writeln!(out, "NOT A RELEASE BUILD: the numbers mean nothing.")?;
        }
        Ok(())
    }
}
