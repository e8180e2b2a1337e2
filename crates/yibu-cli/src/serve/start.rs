//! From arguments to running loops, with every failure as one line.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use yibu::event_loop::{check_driver, driver_name, fallback_reason};

use super::{loops, signals::Signals};
use crate::args::{Driver, Serve};
use crate::say;

/// Serves until a signal ends it. The error is a message for people.
pub(crate) fn run(args: &Serve) -> Result<(), String> {
    if let Some(driver) = args.driver {
        choose(driver);
    }
    check_directory(&args.directory)?;
    check_driver().map_err(|error| error.to_string())?;
    let count = args
        .loops
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let wanted = SocketAddr::new(args.bind, args.port);
    let listeners =
        yibu::net::bind_group(wanted, count).map_err(|error| refused_address(wanted, &error))?;
    let address = listeners[0]
        .local_addr()
        .map_err(|error| error.to_string())?;
    let signals = Signals::watch().map_err(|error| format!("cannot watch for signals: {error}"))?;
    loops::run(args, listeners, signals, || {
        announce(&args.directory, address, count)
    })
}

/// Sets the driver for every loop of this process.
fn choose(driver: Driver) {
    let name = match driver {
        Driver::Uring => "uring",
        Driver::Poll => "poll",
    };
    // SAFETY: no other thread exists yet that could read the environment meanwhile: this is the first thing that the
    // command does. Covered by `the_driver_can_be_chosen` in tests/cli.rs.
    unsafe { std::env::set_var("YIBU_DRIVER", name) };
}

fn check_directory(directory: &Path) -> Result<(), String> {
    let problem = match std::fs::read_dir(directory) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            "there is no such directory".to_owned()
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            "it is not a directory".to_owned()
        }
        Err(error) => error.to_string(),
    };
    Err(format!("cannot serve {}: {problem}", directory.display()))
}

fn refused_address(wanted: SocketAddr, error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is in use; choose another with --port, or --port 0 for any".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need a privilege; choose another with --port".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; see --bind".to_owned()
        }
        _ => error.to_string(),
    };
    format!("cannot listen on {wanted}: {hint}")
}

/// Says where, and how the loops wait: the line that scripts read for the port.
fn announce(directory: &Path, address: SocketAddr, count: usize) {
    let driver = driver_name();
    let loops = if count == 1 {
        "1 loop".to_owned()
    } else {
        format!("{count} loops")
    };
    let mut out = io::stdout().lock();
    // Who closed standard output does not want to know.
    let _ = writeln!(
        out,
        "serving {} on http://{address}/ ({driver}, {loops})",
        directory.display()
    );
    let _ = out.flush();
    if let Some(reason) = fallback_reason() {
        say(format_args!("using {driver}, since {reason}"));
    }
}
