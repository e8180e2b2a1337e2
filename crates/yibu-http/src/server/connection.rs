//! One connection: idle, serving, idle again, closed.
//!
//! ```text
//!   Connection ------ idle ----> serve_requests() ----- Serve: nothing more has arrived -----> idle
//!        ^                             |  ^                                                     |
//!        |                             |  +-- next_head, handler, answer, next_head, ... <------+
//!        +-- 1 task, 1 small future    |
//!                                      +-- Close: send, half-close, read on for a while
//! ```
//!
//! What an idle connection needs is in `connection`'s own future, and that is little. What a request needs is in
//! `serve_requests`', which is put into a recycled box for as long as there are requests.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{StatusCode, Version};

use super::answer::{Next, begin, finish, refuse};
use super::guard::catch_panic;
use super::link::{Awake, Link};
use super::report::{Access, Report};
use crate::error::Error;
use crate::request::{Progress, Request};
use crate::response::Response;

/// Boxes in which futures of one type run, kept for the next.
pub(super) struct Rooms<S, F> {
    start: S,
    spare: RefCell<Vec<Pin<Box<Option<F>>>>>,
}

/// How many boxes are kept.
const SPARE_ROOMS: usize = 32;

impl<S: Fn(Link) -> F, F: Future<Output = Option<Link>>> Rooms<S, F> {
    pub(super) fn new(start: S) -> Self {
        Rooms {
            start,
            spare: RefCell::default(),
        }
    }

    fn open(&self, link: Link) -> Pin<Box<Option<F>>> {
        let spare = self.spare.borrow_mut().pop();
        let mut room = spare.unwrap_or_else(|| Box::pin(None));
        room.as_mut().set(Some((self.start)(link)));
        room
    }

    fn leave(&self, mut room: Pin<Box<Option<F>>>) {
        room.as_mut().set(None);
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE_ROOMS {
            spare.push(room);
        }
    }
}

/// The task of one connection. Written by hand, since an async function would keep its link twice.
pub(super) struct Connection<S, F> {
    rooms: Rc<Rooms<S, F>>,
    state: State<F>,
}

enum State<F> {
    Idle(Link),
    Serving(Pin<Box<Option<F>>>),
    Closed,
}

impl<S, F> Connection<S, F> {
    pub(super) fn new(link: Link, rooms: Rc<Rooms<S, F>>) -> Self {
        Connection {
            rooms,
            state: State::Idle(link),
        }
    }
}

impl<S: Fn(Link) -> F, F: Future<Output = Option<Link>>> Future for Connection<S, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Connection { rooms, state } = self.get_mut();
        loop {
            *state = match std::mem::replace(state, State::Closed) {
                State::Closed => return Poll::Ready(()),
                State::Idle(mut link) => match link.poll_idle(cx) {
                    Poll::Ready(Awake::Bytes) => State::Serving(rooms.open(link)),
                    Poll::Ready(Awake::Close) => State::Closed,
                    Poll::Pending => {
                        *state = State::Idle(link);
                        return Poll::Pending;
                    }
                },
                State::Serving(mut room) => {
                    let serving = room.as_mut().as_pin_mut().expect("the room is in use");
                    let Poll::Ready(left) = serving.poll(cx) else {
                        *state = State::Serving(room);
                        return Poll::Pending;
                    };
                    rooms.leave(room);
                    left.map_or(State::Closed, State::Idle)
                }
            };
        }
    }
}

/// Serves the requests that have arrived, and gives the connection back when it is idle.
pub(super) async fn serve_requests<H>(link: Link, handler: Rc<H>) -> Option<Link>
where
    H: AsyncFn(&mut Request) -> Response,
{
    let work = link.shared().take_work();
    let mut request = Request {
        work,
        link: Some(link),
        progress: Progress::default(),
    };
    let next = loop {
        match next_head(&mut request).await {
            Ok(false) => break Next::Serve,
            Ok(true) => match serve_one(&mut request, &*handler).await {
                Next::Serve => (),
                next => break next,
            },
            Err(error) => break refuse_request(&mut request, error).await,
        }
    };
    let Request { work, link, .. } = request;
    let link = link?;
    match next {
        Next::Serve => {
            link.shared().give_back_work(work);
            return Some(link);
        }
        Next::Close => linger(link).await,
        Next::Reset => link.reset(),
    }
    None
}

/// Receives a head; `false` if there is not even the beginning of one.
async fn next_head(request: &mut Request) -> Result<bool, Error> {
    let Request {
        work,
        link: Some(link),
        progress,
    } = request
    else {
        return Ok(false);
    };
    let mut deadline = None;
    let mut has_ended = false;
    loop {
        if work.decode_head(has_ended)? {
            break;
        }
        if link.has_buffered() {
            let mut buffered = link.buffered();
            work.receive(&buffered);
            let length = buffered.len();
            buffered.consume(length);
        } else if work.is_empty() {
            return Ok(false);
        } else {
            let deadline =
                *deadline.get_or_insert_with(|| link.after(link.shared().limits.head_time));
            has_ended = !link.fill(deadline, "sending the head").await?;
        }
    }
    *progress = Progress::new(work.head(), link.shared().limits.body_bytes);
    Ok(true)
}

async fn serve_one<H>(request: &mut Request, handler: &H) -> Next
where
    H: AsyncFn(&mut Request) -> Response,
{
    let is_timed = request
        .link
        .as_ref()
        .is_some_and(|link| link.shared().hooks.log_durations);
    let started = is_timed.then(Instant::now);
    let mut response = None;
    // The call itself is inside, since it may run code too. The answer is put where it stays: it is not small.
    let served = catch_panic(async { response = Some(handler(request).await) }).await;
    if let Err(message) = &served {
        report_panic(request, message);
    }
    let mut response = response.unwrap_or_else(|| Response::new(StatusCode::INTERNAL_SERVER_ERROR));
    let status = response.status();
    let (next, bytes) = match begin(request, &mut response, served.is_err()) {
        Ok(done) => done,
        Err(unfinished) => finish(request, unfinished).await,
    };
    log(request, |request| Access {
        peer: request.peer_addr(),
        method: request.method().as_str(),
        target: request.target(),
        version: request.version(),
        status,
        bytes,
        duration: started.map(|started| started.elapsed()),
    });
    next
}

async fn refuse_request(request: &mut Request, error: Error) -> Next {
    let Request {
        work,
        link: Some(link),
        ..
    } = &mut *request
    else {
        return Next::Close;
    };
    if error.is_io() {
        return Next::Reset;
    }
    let (next, status, bytes) = refuse(link, work, error).await;
    log(request, |request| Access {
        peer: request.peer_addr(),
        method: "",
        target: "",
        version: Version::HTTP_11,
        status,
        bytes,
        duration: None,
    });
    next
}

fn log<'a>(request: &'a Request, access: impl FnOnce(&'a Request) -> Access<'a>) {
    if let Some(link) = &request.link
        && let Some(hook) = &link.shared().hooks.log
    {
        hook(&access(request));
    }
}

fn report_panic(request: &Request, message: &str) {
    let Some(link) = &request.link else { return };
    link.shared().report(&Report::Panic {
        peer: link.peer(),
        method: request.method().as_str(),
        target: request.target(),
        message,
    });
}

/// How many bytes of a client that is being closed are read and thrown away.
const LINGER_BYTES: usize = 4 << 20;

/// Closes a connection so that the client can read the last answer: a close while bytes are unread resets the
/// connection, and the client may lose what it had not read yet (RFC 9112, 9.6).
async fn linger(mut link: Link) {
    if link.finish().await.is_err() {
        return link.reset();
    }
    let deadline = link.after(link.shared().limits.linger);
    let mut left = LINGER_BYTES;
    loop {
        // First what is there: a full buffer would keep more from coming.
        let mut buffered = link.buffered();
        let length = buffered.len();
        buffered.consume(length);
        drop(buffered);
        left = left.saturating_sub(length);
        if left == 0 || !link.fill(deadline, "closing").await.unwrap_or(false) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::registry::Place;
    use crate::server::shared::{Hooks, Shared};
    use yibu::net::{TcpListener, TcpStream};

    /// All that an idle connection holds, besides its stream's entry in the loop, its slot, and its task's header.
    #[test]
    fn an_idle_connection_is_small() {
        yibu::run(async {
            let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let _client = TcpStream::connect(address).await.unwrap();
            let (stream, peer) = listener.accept().await.unwrap();
            let shared = Rc::new(Shared::new(Default::default(), Hooks::default()));
            let handler = Rc::new(async |_: &mut Request| Response::text("hello"));
            let link = Link::new(stream, Place::new(shared), peer);
            let rooms = Rc::new(Rooms::new(move |link| {
                serve_requests(link, handler.clone())
            }));
            let size = size_of_val(&Connection::new(link, rooms));
            assert!(size <= 88, "{size} bytes");
        });
    }
}
