//! An opened file as an answer: which state of which representation, and how much of it.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use yibu::fs::{File, Metadata};

use super::coding::Coding;
use super::conditional::{Conditions, Verdict};
use super::media;
use super::multipart::{self, Piece};
use super::range::{Selection, select};
use super::validators::Validators;
use crate::{Body, Part, Request, Response};

/// What was found for a path: the file itself or a precompressed sibling of it.
pub(super) struct Representation {
    pub(super) file: File,
    pub(super) metadata: Metadata,
    pub(super) coding: Option<Coding>,
}

/// Answers a GET or HEAD with a file; `name` is the path that was asked for, whose ending gives the type.
///
/// To HEAD the answer is the same, and the server keeps the body to itself.
pub(super) fn answer(
    request: &Request,
    name: &Path,
    found: Representation,
    now: SystemTime,
) -> Response {
    let len = found.metadata.len();
    let coding = found.coding;
    let validators = Validators::new(
        found.metadata.modified(),
        len,
        found.metadata.inode(),
        coding,
        now,
    );
    let if_match = field(request, header::IF_MATCH);
    let if_unmodified_since = field(request, header::IF_UNMODIFIED_SINCE);
    let if_none_match = field(request, header::IF_NONE_MATCH);
    let if_modified_since = field(request, header::IF_MODIFIED_SINCE);
    let if_range = field(request, header::IF_RANGE);
    let conditions = Conditions {
        if_match: if_match.as_deref(),
        if_unmodified_since: if_unmodified_since.as_deref(),
        if_none_match: if_none_match.as_deref(),
        if_modified_since: if_modified_since.as_deref(),
        if_range: if_range.as_deref(),
    };
    let mut answer = match conditions.verdict(&validators) {
        Verdict::NotModified => Response::new(StatusCode::NOT_MODIFIED),
        Verdict::Failed => {
            let text = "412: the file is not in the state that was asked for.\n";
            return Response::text(text).with_status(StatusCode::PRECONDITION_FAILED);
        }
        Verdict::Proceed => {
            // RFC 9110 14.2: ranges are defined for GET only.
            let ranges = (request.method() == Method::GET)
                .then(|| field(request, header::RANGE))
                .flatten();
            let selection = match ranges {
                Some(ranges) if conditions.range_counts(&validators, now) => select(&ranges, len),
                _ => Selection::Whole,
            };
            selected(found, media::content_type(name), selection)
        }
    };
    describe(answer.headers_mut(), &validators);
    answer
}

/// The answer with the selected bytes.
fn selected(found: Representation, kind: HeaderValue, selection: Selection) -> Response {
    let len = found.metadata.len();
    let file = Rc::new(found.file);
    let part = |range: Range<u64>| Part::File {
        file: Rc::clone(&file),
        range,
    };
    let answer = match selection {
        Selection::Unsatisfiable => {
            let answer = Response::text("416: the file has no such range.\n")
                .with_status(StatusCode::RANGE_NOT_SATISFIABLE);
            return answer.header(header::CONTENT_RANGE, ascii(format!("bytes */{len}")));
        }
        Selection::Whole => {
            Response::new(StatusCode::OK).with_body(Body::parts(vec![part(0..len)]).with_type(kind))
        }
        Selection::Parts(ranges) => match <[Range<u64>; 1]>::try_from(ranges) {
            Ok([range]) => {
                let content_range = ascii(multipart::content_range(&range, len));
                Response::new(StatusCode::PARTIAL_CONTENT)
                    .with_body(Body::parts(vec![part(range)]).with_type(kind))
                    .header(header::CONTENT_RANGE, content_range)
            }
            Err(ranges) => {
                let (kind, pieces) =
                    multipart::frame(ranges, len, &kind, yibu::event_loop::random());
                let parts = pieces.into_iter().map(|piece| match piece {
                    Piece::Frame(bytes) => Part::Bytes(bytes),
                    Piece::File(range) => part(range),
                });
                let body = Body::parts(parts.collect()).with_type(kind);
                Response::new(StatusCode::PARTIAL_CONTENT).with_body(body)
            }
        },
    };
    match found.coding {
        Some(coding) => answer.header(
            header::CONTENT_ENCODING,
            HeaderValue::from_static(coding.name()),
        ),
        None => answer,
    }
}

/// Adds what identifies the state; a 304 carries it as a 200 would (RFC 9110 15.4.5).
fn describe(headers: &mut HeaderMap, validators: &Validators) {
    headers.insert(header::ETAG, ascii(validators.etag.clone()));
    if let Some(date) = validators.last_modified() {
        headers.insert(header::LAST_MODIFIED, ascii(date));
    }
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}

/// All lines of a header as one value, joined by commas (RFC 9110 5.3).
pub(super) fn field(request: &Request, name: HeaderName) -> Option<Cow<'_, [u8]>> {
    let mut lines = request
        .headers()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name.as_str()))
        .map(|(_, value)| value);
    let first = lines.next()?;
    Some(lines.fold(Cow::Borrowed(first), |mut joined, line| {
        joined.to_mut().extend_from_slice(b", ");
        joined.to_mut().extend_from_slice(line);
        joined
    }))
}

/// A header value of text that we made ourselves.
fn ascii(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("our own values are printable ASCII")
}
