//! Ctrl-C and SIGTERM: the first starts the shutdown, the second ends the process where it stands.
#![forbid(unsafe_code)]

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use yibu::event_loop::{Interest, poll_fd};
use yibu_http::Shutdown;

use crate::say;

/// The end of the pipe that the signals write to.
pub(super) struct Signals(UnixStream);

impl Signals {
    /// Takes the two signals over for the rest of the process.
    ///
    /// # Errors
    ///
    /// No pipe could be made: descriptors ran out.
    pub(super) fn watch() -> io::Result<Signals> {
        let (signals, pipe) = UnixStream::pair()?;
        signals.set_nonblocking(true)?;
        let seen = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the switch looks at the flag before this signal sets it. It works even while the
            // loop is stuck.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&seen))?;
            flag::register(signal, Arc::clone(&seen))?;
            low_level::pipe::register(signal, pipe.try_clone()?)?;
        }
        Ok(Signals(signals))
    }

    /// Waits for a signal, says so and starts the shutdown.
    pub(super) async fn start(mut self, shutdown: Shutdown) {
        let mut byte = [0];
        while let Err(error) = self.0.read(&mut byte) {
            let again = match error.kind() {
                io::ErrorKind::WouldBlock => {
                    poll_fd(self.0.as_fd(), Interest::READABLE).await.map(drop)
                }
                _ => Err(error),
            };
            if let Err(error) = again {
                return say(format_args!("cannot watch for signals any longer: {error}"));
            }
        }
        shutdown.start();
        say("finishing what is under way; once more ends at once");
    }
}
