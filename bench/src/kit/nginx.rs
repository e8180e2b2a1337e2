//! nginx, from its Debian package, as one process.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::announce;
use rustix::fs::MemfdFlags;
use std::convert::Infallible;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Replaces this process by an nginx that has these directives in its only `server`.
///
/// It has no master, writes no log and keeps connections for ever. It binds the listener's address anew and so is ready a moment after
/// it said so: it cannot say so itself, and one without a master ends by a fault if it is to take over a listener. Its
/// configuration is a file in memory, and what it needs in a folder is beside this program.
///
/// # Errors
///
/// If there is no nginx, or it does not take the configuration.
pub(crate) fn serve(listener: TcpListener, directives: &str) -> Result<Infallible> {
    let program = program()?;
    let folder = folder()?;
    let address = listener.local_addr()?;
    let mut file = File::from(rustix::fs::memfd_create("nginx.conf", MemfdFlags::empty())?);
    write!(
        file,
        "daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr crit;
        events {{ worker_connections 16384; }}
        http {{
            client_body_temp_path bodies;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            access_log off;
            tcp_nodelay on;
            keepalive_requests 1000000000;
            keepalive_time 24h;
            keepalive_timeout 24h;
            server {{
                listen {address} backlog=4096;
                {directives}
            }}
        }}"
    )?;
    let command = || {
        let mut command = Command::new(&program);
        command.args(["-e", "stderr", "-p"]);
        command.arg(&folder).arg("-c");
        command.arg(format!("/proc/self/fd/{}", file.as_raw_fd()));
        command.stdin(Stdio::null());
        command
    };
    check(command().arg("-t"))?;
    drop(listener);
    announce(address);
    Err(format!("nginx cannot be run: {}", command().exec()).into())
}

/// Has nginx look at its configuration: afterwards it can say nothing that the harness would hear.
fn check(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("nginx does not take its configuration: {}", said.trim()).into())
}

fn program() -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .find(|program| program.exists())
        .ok_or_else(|| "there is no nginx (Debian: apt-get install nginx-light)".into())
}

/// Where it may put its process id, and the bodies of requests that it never gets.
fn folder() -> Result<PathBuf> {
    let bench = env::current_exe()?;
    let folder = bench.parent().unwrap_or(Path::new(".")).join("nginx");
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(folder),
    }
}
