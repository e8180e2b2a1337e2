//! One task among others: how long it keeps them waiting.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use yibu::net::{TcpListener, TcpStream};

/// Computes without a pause, longer than a turn should take.
fn compute() {
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2) {
        std::hint::spin_loop();
    }
}

/// A task that computes and yields between its pieces lets everybody else run between two of them: also those whom I/O wakes.
#[yibu::test]
async fn a_task_that_yields_lets_io_pass() {
    let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    let echo = yibu::spawn(async move {
        let mut byte = [0];
        while server.read(&mut byte).await.unwrap() > 0 {
            server.write_all(byte.to_vec()).await.unwrap();
        }
    });
    let pieces = Rc::new(Cell::new(0));
    let hog = yibu::spawn({
        let pieces = pieces.clone();
        async move {
            loop {
                compute();
                pieces.set(pieces.get() + 1);
                yibu::yield_now().await;
            }
        }
    });
    let mut waited = Vec::new();
    for byte in 0..21 {
        let before = pieces.get();
        client.write_all(vec![byte]).await.unwrap();
        let mut echoed = [0];
        client.read_exact(&mut echoed).await.unwrap();
        assert_eq!(echoed, [byte]);
        waited.push(pieces.get() - before);
    }
    // Two ways, and it may have its turn on each; on a machine that others use, I/O may for once take longer than a turn.
    waited.sort_unstable();
    assert!(
        waited[waited.len() / 2] <= 2,
        "pieces of computing during one echo: {waited:?}"
    );
    assert!(pieces.get() > 10, "it did compute");
    hog.abort();
    drop(client);
    echo.await.unwrap();
}

/// Two of them that write besides: neither they nor what they write keeps the others from running.
#[yibu::test]
async fn tasks_that_write_and_yield_let_others_run() {
    let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Rc::new(Cell::new(false));
    let mut hogs = Vec::new();
    for _ in 0..2 {
        let client = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let stop = stop.clone();
        hogs.push(yibu::spawn(async move {
            let began = Instant::now();
            // Not for ever, so that this test can fail.
            while !stop.get() && began.elapsed() < Duration::from_secs(5) {
                compute();
                server.write_all(vec![0; 100]).await.unwrap();
                yibu::yield_now().await;
            }
            drop(client);
            stop.get()
        }));
    }
    for _ in 0..10 {
        yibu::time::sleep(Duration::from_millis(1)).await;
    }
    stop.set(true);
    for hog in hogs {
        assert!(hog.await.unwrap(), "the timer's task never ran");
    }
}

/// A task that another thread wakes again and again, and that computes for longer than a turn should take, does not keep one that yields from
/// running.
#[yibu::test]
async fn a_task_that_yields_runs_beside_a_busy_one() {
    let stop = Arc::new(AtomicBool::new(false));
    let runs = Rc::new(Cell::new(0));
    let mut waking = None;
    let busy = yibu::spawn({
        let (stop, runs) = (stop.clone(), runs.clone());
        let began = Instant::now();
        std::future::poll_fn(move |cx| {
            let (waker, stop) = (cx.waker().clone(), stop.clone());
            waking.get_or_insert_with({
                let stop = stop.clone();
                move || {
                    std::thread::spawn(move || {
                        while !stop.load(Relaxed) {
                            waker.wake_by_ref();
                        }
                        waker.wake();
                    })
                }
            });
            compute();
            runs.set(runs.get() + 1);
            // Not for ever, so that this test can fail.
            let is_late = began.elapsed() > Duration::from_secs(5);
            match stop.load(Relaxed) {
                stopped if stopped || is_late => std::task::Poll::Ready(stopped),
                _ => std::task::Poll::Pending,
            }
        })
    });
    let mut most = 0;
    while runs.get() < 200 {
        let before = runs.get();
        yibu::yield_now().await;
        most = most.max(runs.get() - before);
    }
    stop.store(true, Relaxed);
    assert!(busy.await.unwrap(), "the task that yields never ran");
    assert!(most <= 3, "it ran {most} times during one yield");
}

/// Tasks that wake each other without an end do not keep one that yields from running.
#[yibu::test]
async fn a_task_that_yields_runs_beside_tasks_that_wake_each_other() {
    let runs = Rc::new(Cell::new(0));
    let stop = Rc::new(Cell::new(false));
    let waker = Rc::new(Cell::new(None::<std::task::Waker>));
    let player = || {
        let (runs, stop, waker) = (runs.clone(), stop.clone(), waker.clone());
        yibu::spawn(std::future::poll_fn(move |cx| {
            runs.set(runs.get() + 1);
            if let Some(other) = waker.replace(Some(cx.waker().clone())) {
                other.wake();
            }
            // Not for ever, so that this test can fail.
            match stop.get() || runs.get() > 200_000 {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            }
        }))
    };
    let players = [player(), player()];
    for _ in 0..5 {
        let before = runs.get();
        yibu::yield_now().await;
        assert!(
            runs.get() - before <= 10_000,
            "{} turns of others",
            runs.get() - before
        );
    }
    assert!(runs.get() > 5);
    stop.set(true);
    for player in players {
        player.abort();
        let _ = player.await;
    }
}
