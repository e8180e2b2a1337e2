//! The loads that are compared.
#![forbid(unsafe_code)]

use super::CONNECTIONS;
use crate::Result;
use crate::load::{Load, Until, Wait};
use serde_json::Value;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Spinning,
    Sleeping,
    Wrk,
    Oha,
}

/// What a load did.
pub(super) struct Done {
    pub(super) requests: u64,
    pub(super) elapsed: Duration,
}

impl Tool {
    /// All that are there.
    ///
    /// # Errors
    ///
    /// If `wrk` is not: there is nothing to compare with.
    pub(super) fn installed() -> Result<Vec<Self>> {
        if !is_installed("wrk")? {
            return Err("wrk is not installed; Debian: apt-get install wrk".into());
        }
        let mut tools = vec![Self::Spinning, Self::Sleeping, Self::Wrk];
        if is_installed("oha")? {
            tools.push(Self::Oha);
        } else {
            println!("oha is not installed (cargo install --locked oha): it is left out");
        }
        Ok(tools)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Spinning => "ours, spinning",
            Self::Sleeping => "ours, sleeping",
            Self::Wrk => "wrk",
            Self::Oha => "oha",
        }
    }

    /// Loads a server, on the core of the calling thread.
    pub(super) fn run(self, server: SocketAddr, seconds: u64) -> Result<Done> {
        let (url, duration) = (format!("http://{server}/"), format!("{seconds}s"));
        let connections = CONNECTIONS.to_string();
        match self {
            Self::Spinning => ours(server, seconds, Wait::Spin),
            Self::Sleeping => ours(server, seconds, Wait::Sleep),
            Self::Wrk => wrk(&output(Command::new("wrk").args([
                "-t",
                "1",
                "-c",
                &connections,
                "-d",
                &duration,
                &url,
            ]))?),
            Self::Oha => {
                let began = Instant::now();
                let arguments = ["--no-tui", "--output-format", "json", "-c", &connections];
                let text = output(
                    Command::new("oha")
                        .args(arguments)
                        .args(["-z", &duration, &url]),
                )?;
                oha(&text, began.elapsed())
            }
        }
    }
}

fn ours(server: SocketAddr, seconds: u64, wait: Wait) -> Result<Done> {
    let mut load = Load::connect(server, CONNECTIONS, 1, wait)?;
    let report = load.run(Until::Elapsed(Duration::from_secs(seconds)))?;
    Ok(Done {
        requests: report.requests,
        elapsed: report.elapsed,
    })
}

/// Reads `  301206 requests in 2.00s, 42.22MB read`.
fn wrk(text: &str) -> Result<Done> {
    let wrong = ["Socket errors", "Non-2xx"];
    if let Some(line) = text
        .lines()
        .find(|line| wrong.iter().any(|wrong| line.contains(wrong)))
    {
        return Err(line.trim().into());
    }
    let line = text
        .lines()
        .find_map(|line| line.split_once(" requests in "));
    let (requests, rest) = line.ok_or("it did not say how many requests there were")?;
    let seconds = rest.split_once("s,").ok_or("nor how long they took")?.0;
    Ok(Done {
        requests: requests.trim().parse()?,
        elapsed: Duration::try_from_secs_f64(seconds.parse()?)?,
    })
}

/// Reads the counts by status; requests that the end cut short are errors to oha, and do not count.
fn oha(text: &str, took: Duration) -> Result<Done> {
    let found: Value = serde_json::from_str(text)?;
    let statuses = found["statusCodeDistribution"]
        .as_object()
        .ok_or("no statusCodeDistribution")?;
    if let Some(other) = statuses.keys().find(|status| *status != "200") {
        return Err(format!("an answer was {other}").into());
    }
    let total = found["summary"]["total"].as_f64();
    Ok(Done {
        requests: statuses["200"].as_u64().ok_or("no answer was 200")?,
        elapsed: total.map_or(Ok(took), Duration::try_from_secs_f64)?,
    })
}

fn is_installed(program: &str) -> Result<bool> {
    let started = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match started {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!("{program} cannot be started: {error}").into()),
    }
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!(
        "it failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says() {
        let said = "Running 2s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  301206 requests in 2.10s, 42.22MB read\nRequests/sec: 143431.4\n";
        let done = wrk(said).expect("it is what wrk says");
        assert_eq!(
            (done.requests, done.elapsed),
            (301_206, Duration::from_millis(2100))
        );
        let failed = format!("{said}  Non-2xx or 3xx responses: 4\n");
        assert!(wrk(&failed).is_err());
    }

    #[test]
    fn what_oha_says() {
        let said = r#"{"summary": {"total": 2.5}, "statusCodeDistribution": {"200": 1000}, "errorDistribution": {"aborted due to deadline": 64}}"#;
        let done = oha(said, Duration::ZERO).expect("it is what oha says");
        assert_eq!(
            (done.requests, done.elapsed),
            (1000, Duration::from_millis(2500))
        );
        let failed = said.replace("\"200\"", "\"500\"");
        assert!(oha(&failed, Duration::ZERO).is_err());
    }
}
