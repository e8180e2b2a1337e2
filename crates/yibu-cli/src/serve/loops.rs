//! The loops themselves: one listener, one handler and one log each.
#![forbid(unsafe_code)]

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::thread;

use yibu::fs::Links;
use yibu_http::files::Files;
use yibu_http::{Request, Server, Shutdown};

use super::log::Log;
use super::signals::Signals;
use crate::args::Serve;

/// Runs a loop per listener, the first on this thread, until the shutdown is complete.
pub(super) fn run(
    args: &Serve,
    mut listeners: Vec<TcpListener>,
    signals: Signals,
) -> Result<(), String> {
    let shutdown = Shutdown::new();
    let first = listeners.remove(0);
    thread::scope(|scope| {
        let others: Vec<_> = listeners
            .into_iter()
            .enumerate()
            .map(|(at, listener)| {
                let shutdown = &shutdown;
                thread::Builder::new()
                    .name(format!("yibu-loop-{}", at + 1))
                    .spawn_scoped(scope, move || serve(args, listener, shutdown, None))
            })
            .collect();
        let mut done = serve(args, first, &shutdown, Some(signals));
        for thread in others {
            let other = thread.and_then(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a loop panicked")))
            });
            done = done.and(other);
        }
        done.map_err(|error| format!("cannot go on serving: {error}"))
    })
}

/// Runs one loop. If it fails, it takes the others down with it rather than leave a part of the listeners unattended.
fn serve(
    args: &Serve,
    listener: TcpListener,
    shutdown: &Shutdown,
    signals: Option<Signals>,
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
