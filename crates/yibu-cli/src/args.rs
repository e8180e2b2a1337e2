//! What may be typed.
#![forbid(unsafe_code)]

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// The command of the yibu toolkit.
#[derive(Debug, Parser)]
#[command(name = "yibu", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Serve),
}

const SERVE_EXAMPLES: &str = "\
Examples:
  yibu serve                           this directory, for this machine only
  yibu serve --listing --log           list directories, log each request
  yibu serve site --bind 0.0.0.0 --port 80
                                       a site, for everybody
  yibu serve --port 0                  any free port; the first line tells which

Ctrl-C (or SIGTERM) finishes the answers under way, then ends; once more ends at once.
Hidden files are served to whoever knows their names, but never listed.";

/// Serve a directory over HTTP.
#[derive(Debug, clap::Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// The directory to serve
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// The address to listen on; 0.0.0.0 and :: let other machines in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,

    /// The port to listen on; 0 takes a free one
    #[arg(long, short, default_value_t = 8000)]
    pub(crate) port: u16,

    /// How many event loops, each on a thread of its own [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) loops: Option<NonZeroUsize>,

    /// List directories that have no index.html
    #[arg(long)]
    pub(crate) listing: bool,

    /// Write each request to standard output, in the common log format
    #[arg(long)]
    pub(crate) log: bool,

    /// Let symbolic links lead out of the directory
    #[arg(long)]
    pub(crate) follow_symlinks: bool,

    /// How to wait for the kernel [default: uring where it works, else poll]
    #[arg(long, value_name = "DRIVER")]
    pub(crate) driver: Option<Driver>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Driver {
    /// io_uring, and no other
    Uring,
    /// epoll
    Poll,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        super::Args::command().debug_assert();
    }
}
