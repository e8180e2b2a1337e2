//! What a client asks.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

use crate::codec::{Event, Framing, Head, Refusal, malformed, refusal};
use crate::error::{Error, Kind};
use crate::server::{Limits, Link, Shared, Work};

/// A request, as a handler gets it.
///
/// Its head is complete; its body arrives while the handler reads it. What the handler leaves unread is thrown away.
/// The head stays in the bytes that were received: asking for a header searches them, and only [`header_map`] builds a
/// map.
///
/// [`header_map`]: Self::header_map
///
/// ```
/// use yibu_http::Request;
///
/// let request = Request::from_bytes(b"GET /a%20b?c HTTP/1.1\r\nHost: d\r\nX-Y: z\r\n\r\n").unwrap();
/// assert_eq!((request.path(), request.query()), ("/a%20b", Some("c")));
/// assert_eq!(request.header("x-y"), Some(&b"z"[..]));
/// ```
pub struct Request {
    pub(crate) work: Box<Work>,
    /// `None` for a request that came by no connection.
    pub(crate) link: Option<Link>,
    pub(crate) progress: Progress,
}

/// How far the body has been read.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    limit: u64,
    received: u64,
    /// Milliseconds of waiting for the client.
    waited: Cell<u64>,
    trailers: Option<Box<HeaderMap>>,
    /// The client sends no body before it gets a `100 Continue`, and has not got it.
    pub(crate) awaits_continue: bool,
    /// No more can be read, and the connection cannot be used further.
    pub(crate) has_failed: bool,
}

impl Request {
    /// A request without a connection, from the bytes of a whole message, to try a handler with.
    ///
    /// # Errors
    ///
    /// The bytes are no request, or only the beginning of one's head.
    pub fn from_bytes(bytes: &[u8]) -> Result<Request, Error> {
        let limits = Limits::default();
        let mut work = Box::new(Work::new(limits.codec()));
        work.receive(bytes);
        if !work.decode_head(true)? {
            return Err(Kind::Incomplete.into());
        }
        let progress = Progress::new(work.head(), limits.body_bytes);
        Ok(Request {
            work,
            link: None,
            progress,
        })
    }

    /// The method.
    pub fn method(&self) -> &Method {
        self.work.head().method()
    }

    /// The target as it was sent: `/path?query`, or a whole URI, or `*`.
    pub fn target(&self) -> &str {
        self.work.head().target(self.work.head_bytes())
    }

    /// The target's path, still percent-encoded. It begins with `/`, except in `OPTIONS *`.
    pub fn path(&self) -> &str {
        self.work.head().split_target(self.work.head_bytes()).path
    }

    /// What follows the target's `?`.
    pub fn query(&self) -> Option<&str> {
        self.work.head().split_target(self.work.head_bytes()).query
    }

    /// The host, and perhaps the port, that the client wants to speak to: from the target if it names one, else from
    /// `Host`. HTTP/1.0 has requests without one.
    pub fn host(&self) -> Option<&str> {
        let of_target = self
            .work
            .head()
            .split_target(self.work.head_bytes())
            .authority;
        of_target.or_else(|| {
            self.header("host")
                .and_then(|host| str::from_utf8(host).ok())
        })
    }

    /// `HTTP_10` or `HTTP_11`.
    pub fn version(&self) -> Version {
        self.work.head().version()
    }

    /// The first value of a header field, without the white space around it. The case of the name does not matter.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.work
            .head()
            .fields()
            .first(self.work.head_bytes(), name)
    }

    /// Every header field, in the order they came, names as the client spelt them.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.work.head().fields().iter(self.work.head_bytes())
    }

    /// The header fields as a map, built anew at each call: for code that wants one. [`header`](Self::header) is
    /// cheaper.
    pub fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.work.head().fields().len());
        for (name, value) in self.headers() {
            // The parser is at least as strict as these types.
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_bytes(value),
            ) {
                map.append(name, value);
            }
        }
        map
    }

    /// Who asks. A request without a connection has an unspecified address.
    pub fn peer_addr(&self) -> SocketAddr {
        self.link
            .as_ref()
            .map_or(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), Link::peer)
    }

    /// The body's length if the client named it; `None` if it comes in chunks.
    pub fn content_length(&self) -> Option<u64> {
        match self.work.head().framing() {
            Framing::Length(length) => Some(length),
            Framing::Chunked => None,
        }
    }

    /// Lets this request's body be longer, or shorter, than [`Limits::body_bytes`].
    pub fn set_body_limit(&mut self, bytes: u64) {
        self.progress.limit = bytes;
    }

    /// The next piece of the body, as it arrived; `None` at its end.
    ///
    /// # Errors
    ///
    /// The body is malformed, too long or too slow, the client went away, or the connection failed; every later read
    /// then fails too, and the connection closes after the answer.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing: what it would have returned is still there.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.next_data(usize::MAX, Bytes::copy_from_slice).await
    }

    /// Reads what has arrived of the body into `buffer`, and waits if that is nothing; 0 at the body's end.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Self::chunk).
    ///
    /// # Cancellation
    ///
    /// As for [`chunk`](Self::chunk).
    ///
    /// # Panics
    ///
    /// If `buffer` is empty, since 0 means the end.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        assert!(
            !buffer.is_empty(),
            "an empty buffer cannot tell the body's end"
        );
        let limit = buffer.len();
        let copy = |data: &[u8]| {
            buffer[..data.len()].copy_from_slice(data);
            data.len()
        };
        Ok(self.next_data(limit, copy).await?.unwrap_or(0))
    }

    /// The whole body, or what is left of it.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Self::chunk). What was read before the error is lost.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses what it has read so far.
    pub async fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while self
            .next_data(usize::MAX, |data| body.extend_from_slice(data))
            .await?
            .is_some()
        {}
        Ok(body)
    }

    /// The trailer fields, once the body has been read to its end; `None` before that, and if there are none.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.progress.trailers.as_deref()
    }
}

/// How the body is read.
impl Request {
    /// Hands the next data, from at most `limit` bytes of input, to `take`; `None` at the end.
    async fn next_data<T>(
        &mut self,
        limit: usize,
        mut take: impl FnMut(&[u8]) -> T,
    ) -> Result<Option<T>, Error> {
        if self.progress.has_failed {
            return Err(malformed!("the body could not be read before").into());
        }
        let next = self.try_next_data(limit, &mut take).await;
        // The future may also be dropped at an await: then nothing has failed.
        self.progress.has_failed = next.is_err();
        next
    }

    async fn try_next_data<T>(
        &mut self,
        limit: usize,
        take: &mut impl FnMut(&[u8]) -> T,
    ) -> Result<Option<T>, Error> {
        if self
            .content_length()
            .is_some_and(|length| length > self.progress.limit)
        {
            return Err(BODY_TOO_LONG.into());
        }
        loop {
            if let Some(taken) = self.decode_arrived(limit, take)? {
                return Ok(Some(taken));
            }
            if self.work.body().is_done() {
                return Ok(None);
            }
            self.wait_for_body().await?;
        }
    }

    /// Decodes what has arrived up to the next data: first what came with the head, then what the stream holds.
    fn decode_arrived<T>(
        &mut self,
        limit: usize,
        take: &mut impl FnMut(&[u8]) -> T,
    ) -> Result<Option<T>, Error> {
        let Request {
            work,
            link,
            progress,
        } = self;
        while !work.body().is_done() {
            let (used, found) = match link {
                Some(link) if work.is_empty() && link.has_buffered() => {
                    let mut buffered = link.buffered();
                    let end = limit.min(buffered.len());
                    let (used, event) = work.decode_elsewhere(&buffered[..end])?;
                    let found = event.map(|event| progress.note(event, take)).transpose()?;
                    buffered.consume(used);
                    (used, found)
                }
                // Also when nothing is there: the end may need no more bytes.
                _ => {
                    let (used, event) = work.decode_body(limit)?;
                    (
                        used,
                        event.map(|event| progress.note(event, take)).transpose()?,
                    )
                }
            };
            match found {
                Some(Some(taken)) => return Ok(Some(taken)),
                None if used == 0 => return Ok(None),
                _ => (),
            }
        }
        Ok(None)
    }

    /// Waits for more of the body, within the rate that is asked of the client.
    async fn wait_for_body(&mut self) -> Result<(), Error> {
        let Some(link) = &mut self.link else {
            return Err(Kind::Incomplete.into());
        };
        if self.progress.awaits_continue {
            link.want_continue();
        }
        let allowed = self.progress.allowance(&link.shared().limits);
        let deadline = allowed.map_or(u64::MAX, |millis| link.after(Duration::from_millis(millis)));
        let waiting = Waiting {
            shared: link.shared().clone(),
            since: link.now(),
            waited: &self.progress.waited,
        };
        let more = link.fill(deadline, "sending the body").await?;
        drop(waiting);
        if more {
            Ok(())
        } else {
            Err(Kind::Incomplete.into())
        }
    }

    /// Throws away what has arrived of the body, without waiting; whether its end is among it.
    #[inline]
    pub(crate) fn discard_arrived(&mut self) -> bool {
        if self.work.body().is_done() {
            return true;
        }
        if self.progress.has_failed {
            return false;
        }
        self.progress.limit = u64::MAX;
        while let Ok(Some(())) = self.decode_arrived(usize::MAX, &mut |_| ()) {}
        self.work.body().is_done()
    }

    /// Reads the body to its end and throws it away.
    pub(crate) async fn discard(&mut self) -> Result<(), Error> {
        self.progress.limit = u64::MAX;
        while self.next_data(usize::MAX, |_| ()).await?.is_some() {}
        Ok(())
    }
}

/// A wait for the client. It is charged to the client also if it is given up, as by a time limit of the handler's own.
struct Waiting<'a> {
    shared: Rc<Shared>,
    since: u64,
    waited: &'a Cell<u64>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waited = self.shared.now() - self.since;
        self.waited.set(self.waited.get() + waited);
    }
}

const BODY_TOO_LONG: Refusal = refusal!(PAYLOAD_TOO_LARGE, "the body is too long");

impl Progress {
    /// Of the body after `head`.
    pub(crate) fn new(head: &Head, limit: u64) -> Self {
        let mut progress = Progress::default();
        progress.restart(head, limit);
        progress
    }

    /// The same in place: nothing is dropped that was not there.
    #[inline]
    pub(crate) fn restart(&mut self, head: &Head, limit: u64) {
        if self.trailers.is_some() {
            self.trailers = None;
        }
        (self.limit, self.received) = (limit, 0);
        self.waited.set(0);
        (self.awaits_continue, self.has_failed) = (head.expects_continue(), false);
    }

    fn note<T>(
        &mut self,
        event: Event<'_>,
        take: &mut impl FnMut(&[u8]) -> T,
    ) -> Result<Option<T>, Error> {
        // Whoever sends a body before it was asked to does not wait for that (RFC 9110, 10.1.1).
        self.awaits_continue = false;
        match event {
            Event::Data(data) => {
                self.received += data.len() as u64;
                if self.received > self.limit {
                    return Err(BODY_TOO_LONG.into());
                }
                return Ok(Some(take(data)));
            }
            Event::Trailers(trailers) => self.trailers = Some(trailers),
            Event::Head | Event::End => (),
        }
        Ok(None)
    }

    /// How many milliseconds more the client may be waited for; `None` for any number.
    fn allowance(&self, limits: &Limits) -> Option<u64> {
        let earned = self
            .received
            .saturating_mul(1000)
            .checked_div(limits.body_rate)?;
        let grace = u64::try_from(limits.body_grace.as_millis()).unwrap_or(u64::MAX);
        Some(
            grace
                .saturating_add(earned)
                .saturating_sub(self.waited.get()),
        )
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", self.method())
            .field("target", &self.target())
            .field("peer", &self.peer_addr())
            .finish_non_exhaustive()
    }
}
