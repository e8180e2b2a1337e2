//! glommio as its documentation has it for work that competes: the task in a queue of its own, which is less urgent than that of the connections
//! and yields to it.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::hog::{self, Kind};
use crate::registry::tcp_echo::glommio::{accept, executor};
use glommio::{Latency, Shares};
use std::convert::Infallible;
use std::net::TcpListener;
use std::time::Duration;

pub(crate) const CONTESTANT: Contestant = Contestant::server("glommio", serve);

fn serve(listener: TcpListener, variant: &str) -> Result<Infallible> {
    let kind = Kind::of(variant)?;
    executor()?.run(async move {
        let queue =
            |latency, name| glommio::executor().create_task_queue(Shares::default(), latency, name);
        let echo = queue(Latency::Matters(Duration::from_millis(1)), "echo");
        let rest = queue(Latency::NotImportant, "hog");
        let hog = move || {
            let hog = hog::run(
                kind,
                || async { glommio::executor().yield_task_queue_now().await },
                glommio::timer::sleep,
            );
            glommio::spawn_local_into(hog, rest)
                .expect("the queue is there")
                .detach();
        };
        let accept = accept(listener, super::scenario::BUFFER, move || hog::open(hog));
        glommio::spawn_local_into(accept, echo)
            .map_err(|error| error.to_string())?
            .await
    })
}
