//! The loops themselves: one listener, one handler and one log each.
#![forbid(unsafe_code)]

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use yibu::fs::Links;
use yibu_http::files::Files;
use yibu_http::{Request, Server, Shutdown};

use super::log::Log;
use super::signals::Signals;
use crate::args::Serve;

/// Runs a loop per listener, the first on this thread, until the shutdown is complete. Calls `announce` once all of
/// them serve.
///
/// If one fails, the others end in peace rather than leave its share of the connections unattended.
pub(super) fn run(
    args: &Serve,
    mut listeners: Vec<TcpListener>,
    signals: Signals,
    announce: impl FnOnce(),
) -> Result<(), String> {
    let shutdown = &Shutdown::new();
    let first = listeners.remove(0);
    let count = listeners.len();
    let (sender, ready) = mpsc::channel();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        let mut done = Ok(());
        for (at, listener) in listeners.into_iter().enumerate() {
            let sender = sender.clone();
            let ready = move || {
                let _ = sender.send(()); // it fails only if nobody waits any more, since another loop failed
            };
            let work = move || serve(args, listener, shutdown, None, ready);
            match thread::Builder::new()
                .name(format!("yibu-loop-{}", at + 1))
                .spawn_scoped(scope, work)
            {
                Ok(thread) => threads.push(thread),
                Err(error) => done = Err(error),
            }
        }
        drop(sender); // so that the channel ends when a loop ends before it is ready
        if ready.iter().take(count).count() == count {
            done = serve(args, first, shutdown, Some(signals), announce);
        }
        shutdown.start();
        for thread in threads {
            let other = thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a loop panicked")));
            done = done.and(other);
        }
        done.map_err(|error| format!("cannot serve: {error}"))
    })
}

/// Runs one loop until the shutdown, and starts that if it fails. Calls `ready` when the directory is open.
fn serve(
    args: &Serve,
    listener: TcpListener,
    shutdown: &Shutdown,
    signals: Option<Signals>,
    ready: impl FnOnce(),
) -> io::Result<()> {
    let _guard = StartOnDrop(shutdown);
    yibu::run(async {
        if let Some(signals) = signals {
            drop(yibu::spawn(signals.start(shutdown.clone()))); // runs on by itself
        }
        let links = if args.follow_symlinks {
            Links::Follow
        } else {
            Links::Beneath
        };
        let files = Files::new(&args.directory)
            .await?
            .listing(args.listing)
            .links(links);
        let listener = yibu::net::TcpListener::from_std(listener)?;
        let mut server = Server::from_listener(listener).shutdown(shutdown.clone());
        let log = args.log.then(|| Rc::new(Log::default()));
        if let Some(log) = log.clone() {
            server = server.log(move |access| log.record(access));
        }
        ready();
        server
            .serve(async move |request: &mut Request| files.serve(request).await)
            .await;
        if let Some(log) = log {
            log.finish().await;
        }
        Ok(())
    })
}

/// Starts the shutdown however its loop ends, by a panic even.
struct StartOnDrop<'a>(&'a Shutdown);

impl Drop for StartOnDrop<'_> {
    fn drop(&mut self) {
        self.0.start();
    }
}
