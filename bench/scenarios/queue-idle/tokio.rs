//! tokio's `mpsc`; the task is on tokio's current-thread runtime.
#![forbid(unsafe_code)]

use super::scenario::{TASK, run};
use crate::contestant::{Contestant, Done, Stopwatch};
use crate::kit::queue::ROOM;
use crate::kit::runtime::tokio_current::TokioCurrent;
use std::time::Duration;
use tokio::sync::mpsc;

pub(crate) const CONTESTANT: Contestant =
    Contestant::worker("tokio", |orders| match orders.variant() {
        TASK => orders.run_timed(|millis| TokioCurrent::run(work(millis))),
        _ => run(orders, mpsc::channel, mpsc::unbounded_channel),
    });

async fn work(millis: u64) -> Done {
    let (sender, mut receiver) = mpsc::channel(ROOM);
    let watch = Stopwatch::start();
    let getting = tokio::spawn(async move { receiver.recv().await });
    tokio::time::sleep(Duration::from_millis(millis)).await;
    sender.send(millis).await.expect("there is a getter");
    let got = getting.await.expect("it only gets");
    watch.done(got.expect("there is a putter"))
}
