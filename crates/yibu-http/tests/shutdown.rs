//! How a server ends.
#![forbid(unsafe_code)]

mod common;

use std::cell::Cell;
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use common::{Client, Host, PATIENCE};
use yibu_http::{Limits, Request, Response, Server, Shutdown};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn what_is_in_flight_is_finished_and_what_is_idle_is_closed() {
    let (entered_sender, entered) = channel();
    let (leave, leaving) = channel::<()>();
    let leaving = std::sync::Mutex::new(leaving);
    let host = Host::new(async move |request: &mut Request| {
        if request.path() == "/slow" {
            entered_sender.send(()).unwrap();
            while leaving.lock().unwrap().try_recv().is_err() {
                yibu::yield_now().await;
            }
        }
        Response::text("done")
    });
    let mut idle = host.connect();
    assert_eq!(idle.ask(GET).text(), "done");
    let fresh = host.connect();
    let mut busy = host.connect();
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    entered.recv_timeout(PATIENCE).unwrap();

    host.shutdown.start();
    assert!(idle.is_closed());
    assert!({ fresh }.is_closed());
    // The loop closes the listener at the end of a turn.
    let begun = Instant::now();
    while TcpStream::connect(host.address).is_ok() {
        assert!(
            begun.elapsed() < PATIENCE,
            "connections are accepted for ever"
        );
    }
    leave.send(()).unwrap();
    let answer = busy.answer();
    assert_eq!(
        (answer.text(), answer.header("connection")),
        ("done", Some("close"))
    );
    drop(busy);
    host.join();
}

#[test]
fn what_takes_too_long_is_cut_off() {
    let limits = Limits {
        shutdown: Duration::from_millis(100),
        ..Limits::default()
    };
    let (entered_sender, entered) = channel();
    let host = Host::with_limits(limits, async move |_: &mut Request| {
        entered_sender.send(()).unwrap();
        std::future::pending().await
    });
    let mut client = host.connect();
    client.send(GET);
    entered.recv_timeout(PATIENCE).unwrap();
    host.shutdown.start();
    let begun = Instant::now();
    host.join();
    assert!(begun.elapsed() < PATIENCE);
    assert!(client.is_closed());
}

#[test]
fn a_shutdown_that_has_started_before_ends_a_server_at_once() {
    yibu::run(async {
        let shutdown = Shutdown::new();
        shutdown.start();
        let server = Server::bind("127.0.0.1:0")
            .await
            .unwrap()
            .shutdown(shutdown);
        server
            .serve(async |_: &mut Request| Response::text("never"))
            .await;
    });
}

#[test]
fn one_shutdown_ends_several_servers() {
    let shutdown = Shutdown::new();
    let serve = || {
        let shutdown = shutdown.clone();
        std::thread::spawn(move || {
            yibu::run(async {
                let server = Server::bind("127.0.0.1:0")
                    .await
                    .unwrap()
                    .shutdown(shutdown);
                server
                    .serve(async |_: &mut Request| Response::text("hello"))
                    .await;
            })
        })
    };
    let servers = [serve(), serve(), serve()];
    shutdown.start();
    servers
        .into_iter()
        .for_each(|server| server.join().unwrap());
}

#[test]
fn dropping_the_future_ends_every_connection() {
    struct OnDrop(Rc<Cell<bool>>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let (address_sender, address) = channel();
    let client = std::thread::spawn(move || {
        let mut client = Client::to(address.recv_timeout(PATIENCE).unwrap());
        client.send(GET);
        assert!(client.is_closed());
    });
    yibu::run(async {
        let server = Server::bind("127.0.0.1:0").await.unwrap();
        address_sender.send(server.local_addr().unwrap()).unwrap();
        let (is_dropped, is_serving) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (dropped, serving) = (is_dropped.clone(), is_serving.clone());
        let mut serve = Box::pin(server.serve(async move |_: &mut Request| {
            let _guard = OnDrop(dropped.clone());
            serving.set(true);
            std::future::pending().await
        }));
        std::future::poll_fn(|cx| {
            assert!(serve.as_mut().poll(cx).is_pending());
            if is_serving.get() {
                std::task::Poll::Ready(())
            } else {
                cx.waker().wake_by_ref();
                std::task::Poll::Pending
            }
        })
        .await;
        drop(serve);
        while !is_dropped.get() {
            yibu::yield_now().await;
        }
    });
    client.join().unwrap();
}
