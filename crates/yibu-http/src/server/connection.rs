//! One connection: idle, serving, idle again, closed.
//!
//! ```text
//!   connection() ---- idle ----> serve_requests() ----- Serve: nothing more has arrived -----> idle
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
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Instant;

use http::{StatusCode, Version};

use super::answer::{Next, answer, refuse};
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

/// The task of one connection.
pub(super) async fn connection<S, F>(mut link: Link, rooms: Rc<Rooms<S, F>>)
where
    S: Fn(Link) -> F,
    F: Future<Output = Option<Link>>,
{
    while let Awake::Bytes = link.idle().await {
        let mut room = rooms.open(link);
        let left = poll_fn(|cx| {
            room.as_mut()
                .as_pin_mut()
                .expect("the room is in use")
                .poll(cx)
        })
        .await;
        rooms.leave(room);
        match left {
            Some(idle) => link = idle,
            None => return,
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
    let hooks = |request: &Request| request.link.as_ref().map(|link| link.shared().clone());
    let started = hooks(request)
        .filter(|shared| shared.hooks.log_durations)
        .map(|_| Instant::now());
    // The call itself is inside, since it may run code too.
    let response = catch_panic(async { handler(request).await }).await;
    let (response, has_panicked) = match response {
        Ok(response) => (response, false),
        Err(message) => {
            report_panic(request, &message);
            (Response::new(StatusCode::INTERNAL_SERVER_ERROR), true)
        }
    };
    let status = response.status();
    let (next, bytes) = answer(request, response, has_panicked).await;
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
    while left > 0 && link.fill(deadline, "closing").await.unwrap_or(false) {
        let mut buffered = link.buffered();
        let length = buffered.len();
        buffered.consume(length);
        left = left.saturating_sub(length);
    }
}
