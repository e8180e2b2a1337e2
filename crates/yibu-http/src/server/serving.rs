//! The requests of one connection, from the first byte of one to the last of its answer.
//!
//! ```text
//!   take_head --complete--> handler --> begin --whole--> take_head ...        no waiting, as long as requests have arrived
//!       |                      |          |
//!       | not complete         | waits    +--more--> finish
//!       v                      v
//!   send; wait_for_head     send meanwhile
//! ```
//!
//! The answers to requests that arrived together are collected, and handed to the stream before anything is waited for.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Context;
use std::time::Instant;

use http::{StatusCode, Version};

use super::answer::{Next, begin, finish, refuse};
use super::connection::Ends;
use super::guard::poll_caught;
use super::link::Link;
use super::report::{Access, Report};
use super::shared::Shared;
use super::writer::Writer;
use crate::codec::encode::CONTINUE;
use crate::error::Error;
use crate::request::{Progress, Request};
use crate::response::Response;

/// Serves the requests that have arrived, and gives the connection back when it is idle.
pub(super) async fn serve_requests<H>((link, half): Ends, handler: Rc<H>) -> Option<Ends>
where
    H: AsyncFn(&mut Request) -> Response,
{
    let mut work = link.shared().take_work();
    let mut writer = Writer::new(half, std::mem::take(&mut work.out));
    let mut request = Request {
        work,
        link: Some(link),
        progress: Progress::default(),
    };
    let next = serve_all(&mut request, &mut writer, &*handler).await;
    let Request { mut work, link, .. } = request;
    let link = link?;
    match next {
        Next::Serve => {
            let (half, out) = writer.into_parts();
            work.out = out;
            link.shared().give_back_work(work);
            return Some((link, half));
        }
        Next::Close => Box::pin(linger(link, writer)).await,
        Next::Reset => link.reset(),
    }
    None
}

/// Until nothing more has arrived, or the connection is to end. One function, since an await within another is one more state to save
/// and to restore for every request.
async fn serve_all<H>(request: &mut Request, writer: &mut Writer, handler: &H) -> Next
where
    H: AsyncFn(&mut Request) -> Response,
{
    loop {
        match take_head(request, false) {
            Ok(true) => (),
            Ok(false) => match send_and_wait(request, writer).await {
                Ok(()) => (),
                Err(next) => return next,
            },
            Err(error) => return refuse_request(request, writer, error),
        }
        set_answering(request, true);
        let started = is_timed(request).then(Instant::now);
        let mut interim = Interim::of(request);
        // It stays where the handler puts it: moving it would cost as much as its fields.
        let mut response = None;
        let served = {
            // The call itself is inside, since it may run code too.
            let mut serving = pin!(async { response = Some(handler(request).await) });
            poll_fn(|cx| {
                let served = poll_caught(serving.as_mut(), cx);
                if served.is_pending() {
                    interim.send_meanwhile(writer, cx);
                }
                served
            })
            .await
        };
        interim.end(request);
        if let Err(message) = &served {
            report_panic(request, message);
        }
        let response =
            response.get_or_insert_with(|| Response::new(StatusCode::INTERNAL_SERVER_ERROR));
        let (next, bytes) = match begin(request, writer, response, served.is_err()) {
            Ok(done) => done,
            // Boxed, and so is `linger`: they are several times as large as the rest, and this future is moved for each batch.
            Err(unfinished) => Box::pin(finish(request, writer, unfinished)).await,
        };
        set_answering(request, next == Next::Reset);
        log(request, |request| Access {
            peer: request.peer_addr(),
            method: request.method().as_str(),
            target: request.target(),
            version: request.version(),
            status: response.status(),
            bytes,
            duration: started.map(|started| started.elapsed()),
        });
        if next != Next::Serve {
            return next;
        }
    }
}

/// Sends what was collected, since no further head is complete, and waits for the rest of the one that has begun. If none has, or
/// none is to come, the error says what becomes of the connection.
async fn send_and_wait(request: &mut Request, writer: &mut Writer) -> Result<(), Next> {
    let Some(link) = &request.link else {
        return Err(Next::Close);
    };
    if writer.send(link).await.is_err() {
        return Err(Next::Reset);
    }
    match wait_for_head(request).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Next::Serve),
        Err(error) => Err(refuse_request(request, writer, error)),
    }
}

#[inline]
fn set_answering(request: &mut Request, is_answering: bool) {
    if let Some(link) = &mut request.link {
        link.set_answering(is_answering);
    }
}

fn is_timed(request: &Request) -> bool {
    let link = request.link.as_ref();
    link.is_some_and(|link| link.shared().hooks.log_durations)
}

/// Takes a head from what has arrived; `false` if none is complete.
#[inline]
fn take_head(request: &mut Request, has_ended: bool) -> Result<bool, Error> {
    let Request {
        work,
        link: Some(link),
        progress,
    } = request
    else {
        return Ok(false);
    };
    while !work.decode_head(has_ended)? {
        if !link.has_buffered() {
            return Ok(false);
        }
        let mut buffered = link.buffered();
        work.receive(&buffered);
        let length = buffered.len();
        buffered.consume(length);
    }
    progress.restart(work.head(), link.shared().limits.body_bytes);
    Ok(true)
}

/// Waits for the rest of a head; `false` if there is not even the beginning of one.
async fn wait_for_head(request: &mut Request) -> Result<bool, Error> {
    let mut deadline = None;
    while !request.work.is_between_messages() {
        let Some(link) = &mut request.link else { break };
        let deadline = *deadline.get_or_insert_with(|| link.after(link.shared().limits.head_time));
        let has_ended = !Box::pin(link.fill(deadline, "sending the head")).await?;
        if take_head(request, has_ended)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The `100 Continue` of a request that waits for one: only who expects it is ever told to continue, and once.
struct Interim {
    awaited: bool,
    /// Whom to ask whether the handler wants the body; `None` once that was answered.
    wanted: Option<(Rc<Shared>, u32)>,
}

impl Interim {
    #[inline]
    fn of(request: &Request) -> Self {
        let wanted = match &request.link {
            Some(link) if request.progress.awaits_continue => {
                // What an earlier request may have left undone is not this one's wish.
                link.shared().registry.takes_continue(link.key());
                Some((link.shared().clone(), link.key()))
            }
            _ => None,
        };
        Interim {
            awaited: wanted.is_some(),
            wanted,
        }
    }

    /// Sends what was collected while the handler waits, and the interim answer if it waits for the body.
    fn send_meanwhile(&mut self, writer: &mut Writer, cx: &mut Context<'_>) {
        let wants = |(shared, key): &mut (Rc<Shared>, u32)| shared.registry.takes_continue(*key);
        if self.wanted.take_if(wants).is_some() {
            writer.out.extend_from_slice(CONTINUE);
        }
        writer.send_meanwhile(cx);
    }

    /// The handler has answered.
    #[inline]
    fn end(self, request: &mut Request) {
        if let Some((shared, key)) = &self.wanted {
            shared.registry.takes_continue(*key); // from now on not any more
        } else if self.awaited {
            request.progress.awaits_continue = false;
        }
    }
}

fn refuse_request(request: &Request, writer: &mut Writer, error: Error) -> Next {
    let Some(link) = &request.link else {
        return Next::Close;
    };
    if error.is_io() {
        return Next::Reset;
    }
    let (status, bytes) = refuse(link, writer, error);
    log(request, |request| Access {
        peer: request.peer_addr(),
        method: "",
        target: "",
        version: Version::HTTP_11,
        status,
        bytes,
        duration: None,
    });
    Next::Close
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
pub(super) async fn linger(mut link: Link, mut writer: Writer) {
    if writer.finish(&link).await.is_err() {
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
