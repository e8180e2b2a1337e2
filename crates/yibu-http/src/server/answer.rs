//! From a response to bytes on a stream.
#![forbid(unsafe_code)]

use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

use super::link::Link;
use super::sender::{COPIED_BYTES, Sender};
use super::work::Work;
use super::writer::Writer;
use crate::body::Kind;
use crate::codec::encode::{Delimiter, Persistence, ResponseHead};
use crate::error::Error;
use crate::request::Request;
use crate::response::Response;

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It may bring another request.
    Serve,
    /// It is closed once the client has had the chance to read the answer.
    Close,
    /// The answer is incomplete, or nobody takes it.
    Reset,
}

/// An unread body that is no longer than this is read to its end to save the connection.
const DISCARDED_BYTES: u64 = 64 << 10;

/// An answer of which something is left to do.
pub(super) struct Unfinished {
    body: Kind,
    sent: u64,
    delimiter: Delimiter,
    persistence: Persistence,
}

/// Begins to send a response. Of a short one this leaves nothing to do: it says what becomes of the connection, and how many
/// bytes of body there are. What is left else is for [`finish`].
#[inline]
pub(super) fn begin(
    request: &mut Request,
    writer: &mut Writer,
    response: &mut Response,
    is_last: bool,
) -> Result<(Next, u64), Unfinished> {
    // An interim status frames no answer (RFC 9110, 15.2); this can only be a handler's mistake.
    if response.status().is_informational() {
        *response = Response::new(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let has_arrived = request.discard_arrived();
    let is_last = is_last || !(has_arrived || can_discard(request));
    let Request { work, link, .. } = &mut *request;
    let Some(link) = link else {
        return Ok((Next::Close, 0));
    };

    let delimiter = delimiter(work, response);
    let persistence = persistence(work, link, response, delimiter, is_last);
    ResponseHead {
        status: response.status(),
        headers: response.own_headers(),
        content_type: response.body.content_type.as_deref(),
        delimiter,
        persistence,
        date: &link.shared().registry.date(),
    }
    .encode(&mut writer.out);

    let has_body = delimiter != Delimiter::Nothing && *work.head().method() != Method::HEAD;
    let (mut sent, mut is_whole) = (0, true);
    match response.body.kind.in_memory() {
        Some(bytes) if has_body && bytes.len() <= COPIED_BYTES => {
            writer.out.extend_from_slice(bytes);
            sent = bytes.len() as u64;
        }
        _ => is_whole = !has_body,
    }
    if is_whole && has_arrived && !writer.is_full() {
        return Ok((next(persistence), sent));
    }
    let body = if is_whole {
        Kind::Empty
    } else {
        std::mem::take(&mut response.body.kind)
    };
    Err(Unfinished {
        body,
        sent,
        delimiter,
        persistence,
    })
}

fn next(persistence: Persistence) -> Next {
    if persistence == Persistence::Close {
        Next::Close
    } else {
        Next::Serve
    }
}

/// Sends what is left of an answer, and skips what is left of the request.
pub(super) async fn finish(
    request: &mut Request,
    writer: &mut Writer,
    unfinished: Unfinished,
) -> (Next, u64) {
    let Unfinished {
        body,
        sent,
        delimiter,
        persistence,
    } = unfinished;
    let Request {
        work,
        link: Some(link),
        ..
    } = &mut *request
    else {
        return (Next::Close, 0);
    };
    let mut sender = Sender {
        work,
        link,
        writer,
        sent,
        delimiter,
    };
    let result = sender.send(body).await;
    let sent = sender.sent;
    let next = match (result, next(persistence)) {
        (Err(_), _) => Next::Reset,
        // Nothing is left to do, most times.
        (Ok(()), Next::Serve) if request.discard().await.is_err() => Next::Close,
        (Ok(()), next) => next,
    };
    (next, sent)
}

/// Whether what is still to come of an unread body is little, and will come without being asked for.
fn can_discard(request: &Request) -> bool {
    let left = request.work.body().left();
    left.is_some_and(|left| left <= DISCARDED_BYTES)
        && !request.progress.awaits_continue
        && !request.progress.has_failed
}

#[inline]
fn delimiter(work: &Work, response: &mut Response) -> Delimiter {
    let is_head = || *work.head().method() == Method::HEAD;
    match response.status() {
        // RFC 9110, 8.6: a 204 has no length either.
        StatusCode::NO_CONTENT => {
            response.headers_mut().remove(CONTENT_LENGTH);
            return Delimiter::Nothing;
        }
        StatusCode::NOT_MODIFIED => return Delimiter::Nothing,
        _ => (),
    }
    let names_length = |response: &Response| response.headers().contains_key(CONTENT_LENGTH);
    match response.body.len() {
        Some(0) if is_head() && names_length(response) => Delimiter::Nothing,
        Some(length) => Delimiter::Length(length),
        None if work.head().version() == Version::HTTP_11 => Delimiter::Chunked,
        None if is_head() => Delimiter::Nothing,
        None => Delimiter::Close,
    }
}

#[inline]
fn persistence(
    work: &Work,
    link: &Link,
    response: &Response,
    delimiter: Delimiter,
    is_last: bool,
) -> Persistence {
    let wants_close = |headers: &HeaderMap| {
        let mut values = headers.get_all(CONNECTION).iter();
        values.any(|value| {
            let mut options = value.as_bytes().split(|&byte| byte == b',');
            options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
        })
    };
    let is_last = is_last
        || !work.head().keep_alive()
        || delimiter == Delimiter::Close
        || link.shared().registry.is_draining()
        || response.own_headers().is_some_and(wants_close);
    match work.head().version() {
        _ if is_last => Persistence::Close,
        Version::HTTP_10 => Persistence::KeepAlive,
        _ => Persistence::Default,
    }
}

/// Tells a client why its bytes are no request: the status, and how many bytes of body say so. Nothing is known about the
/// request, so the answer is a plain one.
pub(super) fn refuse(link: &Link, writer: &mut Writer, error: Error) -> (StatusCode, u64) {
    let text = format!("{error}\n");
    ResponseHead {
        status: error.status(),
        headers: None,
        content_type: Some(&const { HeaderValue::from_static("text/plain; charset=utf-8") }),
        delimiter: Delimiter::Length(text.len() as u64),
        persistence: Persistence::Close,
        date: &link.shared().registry.date(),
    }
    .encode(&mut writer.out);
    writer.out.extend_from_slice(text.as_bytes());
    (error.status(), text.len() as u64)
}
