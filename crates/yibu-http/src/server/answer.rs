//! From a response to bytes on a stream.
#![forbid(unsafe_code)]

use std::io;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

use super::guard::catch_panic;
use super::link::Link;
use super::report::Report;
use super::work::Work;
use super::writer::Writer;
use crate::body::{ErasedSource, Kind, Part};
use crate::codec::encode::{Delimiter, Persistence, ResponseHead, chunk_size, last_chunk};
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

/// A body up to this long is copied behind its head; a longer one is handed to the stream as it is.
const COPIED_BYTES: usize = 16 << 10;
/// How much of a body is read from its file, or handed to the stream, at a time.
const PIECE: usize = 256 << 10;
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
    if response.status.is_informational() {
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
        status: response.status,
        headers: response.own_headers(),
        content_type: response.body.content_type.as_ref(),
        delimiter,
        persistence,
        date: &link.shared().registry.date(),
    }
    .encode(&mut writer.out);

    let has_body = delimiter != Delimiter::Nothing && *work.head().method() != Method::HEAD;
    let (mut sent, mut is_whole) = (0, true);
    match &response.body.kind {
        Kind::Bytes(bytes) if has_body && bytes.len() <= COPIED_BYTES => {
            writer.out.extend_from_slice(bytes);
            sent = bytes.len() as u64;
        }
        Kind::Empty => (),
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
    match response.status {
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
        values.any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
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

/// Sends what `writer` holds, and a body behind it.
struct Sender<'a> {
    work: &'a Work,
    link: &'a Link,
    writer: &'a mut Writer,
    sent: u64,
    delimiter: Delimiter,
}

impl Sender<'_> {
    async fn send(&mut self, body: Kind) -> Result<(), Error> {
        match body {
            Kind::Empty => self.send_out().await,
            Kind::Bytes(bytes) => self.send_bytes(bytes).await,
            Kind::Parts(parts) => self.send_parts(parts).await,
            Kind::Stream(mut source) => self.send_stream(&mut *source).await,
        }
    }

    async fn send_out(&mut self) -> Result<(), Error> {
        self.writer.send(self.link).await
    }

    async fn send_bytes(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        self.sent += bytes.len() as u64;
        if bytes.len() <= COPIED_BYTES {
            self.writer.out.extend_from_slice(&bytes);
            return self.send_out().await;
        }
        // In pieces, so that each that is taken shows that the client still reads.
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            self.writer.send_all(self.link, piece).await?;
        }
        Ok(())
    }

    async fn send_parts(&mut self, parts: Vec<Part>) -> Result<(), Error> {
        for part in parts {
            match part {
                Part::Bytes(bytes) => self.send_bytes(bytes).await?,
                Part::File { file, range } => self.send_file(&file, range.start, range.end).await?,
            }
        }
        self.send_out().await
    }

    async fn send_file(
        &mut self,
        file: &yibu::fs::File,
        mut at: u64,
        end: u64,
    ) -> Result<(), Error> {
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let piece = match file.read_at(at, length).await {
                Ok(piece) if piece.is_empty() => Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the file has shrunk",
                )),
                piece => piece,
            };
            let piece = piece.map_err(|error| self.cut_off(error))?;
            at += piece.len() as u64;
            self.send_bytes(piece.into()).await?;
        }
        Ok(())
    }

    async fn send_stream(&mut self, source: &mut dyn ErasedSource) -> Result<(), Error> {
        // The head goes first, since the first piece may be long in coming.
        self.send_out().await?;
        loop {
            let next = catch_panic(source.next()).await;
            let next = next.unwrap_or_else(|message| {
                Err(io::Error::other(format!("the source panicked: {message}")))
            });
            match next.map_err(|error| self.cut_off(error))? {
                None => break,
                Some(piece) if piece.is_empty() => (),
                Some(piece) if self.delimiter == Delimiter::Chunked => {
                    chunk_size(piece.len(), &mut self.writer.out);
                    self.send_bytes(piece).await?;
                    self.writer.out.extend_from_slice(b"\r\n");
                    self.send_out().await?;
                }
                Some(piece) => self.send_bytes(piece).await?,
            }
        }
        if self.delimiter == Delimiter::Chunked {
            last_chunk(&source.trailers(), &mut self.writer.out);
            self.send_out().await?;
        }
        Ok(())
    }

    fn cut_off(&self, error: io::Error) -> Error {
        let target = self.work.head().target(self.work.head_bytes());
        self.link.shared().report(&Report::CutOff {
            peer: self.link.peer(),
            target,
            error: &error,
        });
        error.into()
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
