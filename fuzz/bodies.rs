//! The bodies of the fuzz targets. The stable tests run the same over the committed corpus
//! (`crates/yibu-http/tests/codec.rs`).
#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::time::SystemTime;

use yibu_http::codec::encode::{
    Date, Delimiter, Persistence, ResponseHead, chunk_size, last_chunk,
};
use yibu_http::codec::{BodyDecoder, Event, Framing, Limits, Refusal, RequestDecoder};
use yibu_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

/// Small, so that short inputs reach them.
pub(crate) const LIMITS: Limits = Limits {
    head_bytes: 512,
    target_bytes: 128,
    fields: 8,
};

/// What a decoder found, with data joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Head {
        method: String,
        target: String,
        fields: Vec<(String, Vec<u8>)>,
        version: Version,
        framing: Framing,
        keep_alive: bool,
        expects_continue: bool,
    },
    Data(Vec<u8>),
    Trailers(HeaderMap),
    End,
    Closed,
    Refused(Refusal),
}

impl Found {
    fn add(list: &mut Vec<Found>, found: Found) {
        match (list.last_mut(), found) {
            (Some(Found::Data(before)), Found::Data(data)) => before.extend(data),
            (_, found) => list.push(found),
        }
    }

    /// As `verdicts.txt` writes it.
    #[allow(dead_code)] // the fuzz targets compare and do not print
    pub(crate) fn verdict(&self) -> String {
        match self {
            Found::Head { method, target, .. } => format!("{method} {target}"),
            Found::Data(data) => data.escape_ascii().to_string(),
            Found::Trailers(trailers) => {
                trailers
                    .iter()
                    .fold("trailers".into(), |mut text, (name, value)| {
                        write!(text, " {name}={}", value.as_bytes().escape_ascii()).unwrap();
                        text
                    })
            }
            Found::End => "end".into(),
            Found::Closed => "closed".into(),
            Found::Refused(refusal) => refusal.status().as_u16().to_string(),
        }
    }
}

/// Everything that a stream of requests holds, given in these pieces.
pub(crate) fn requests<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Found> {
    requests_within(pieces, LIMITS)
}

/// The same with limits of the caller's.
pub(crate) fn requests_within<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    limits: Limits,
) -> Vec<Found> {
    let mut decoder = RequestDecoder::new(limits);
    let mut found = Vec::new();
    let mut bytes = Vec::new();
    let mut feed = |bytes: &mut Vec<u8>, ended| {
        loop {
            let (used, event) = match decoder.decode(bytes, ended) {
                Ok(step) => step,
                Err(refusal) => {
                    found.push(Found::Refused(refusal));
                    return Some(std::mem::take(&mut found));
                }
            };
            let is_stuck = used == 0 && event.is_none();
            match event {
                Some(Event::Head) => {
                    let head = decoder.head();
                    let fields = head
                        .fields()
                        .iter(bytes)
                        .map(|(name, value)| (name.to_owned(), value.to_vec()));
                    found.push(Found::Head {
                        method: head.method().to_string(),
                        target: head.target(bytes).to_owned(),
                        fields: fields.collect(),
                        version: head.version(),
                        framing: head.framing(),
                        keep_alive: head.keep_alive(),
                        expects_continue: head.expects_continue(),
                    });
                }
                Some(Event::Data(data)) => Found::add(&mut found, Found::Data(data.to_vec())),
                Some(Event::Trailers(trailers)) => found.push(Found::Trailers(*trailers)),
                Some(Event::End) => found.push(Found::End),
                None => (),
            }
            bytes.drain(..used);
            if is_stuck {
                return None;
            }
        }
    };
    for piece in pieces {
        bytes.extend_from_slice(piece);
        if let Some(found) = feed(&mut bytes, false) {
            return found;
        }
    }
    if let Some(found) = feed(&mut bytes, true) {
        return found;
    }
    assert!(bytes.is_empty(), "a proper end leaves no bytes");
    found.push(Found::Closed);
    found
}

/// `bytes` in pieces whose lengths depend on `seed`.
pub(crate) fn cut(bytes: &[u8], seed: u64) -> impl Iterator<Item = &[u8]> {
    let mut state = seed | 1;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // xorshift64 (Marsaglia, 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let length = 1 + (state % 13).min(state >> 60) as usize;
        let piece;
        (piece, rest) = rest.split_at(length.min(rest.len()));
        Some(piece)
    })
}

/// Any cut of the bytes gives the same events.
pub(crate) fn requests_cut(bytes: &[u8]) {
    let whole = requests(std::iter::once(bytes));
    assert_eq!(whole, requests(bytes.chunks(1)), "one byte at a time");
    for seed in 1..4 {
        assert_eq!(
            whole,
            requests(cut(bytes, seed << 32)),
            "cut with seed {seed}"
        );
    }
}

/// A chunked body in pieces: its data and trailers, and how many bytes lie behind its end.
fn chunked<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: &Limits) -> (Vec<Found>, usize) {
    let mut decoder = BodyDecoder::new(Framing::Chunked, limits);
    let mut found = Vec::new();
    let mut behind = 0;
    for mut piece in pieces {
        // Once more when nothing is left: an end may need no bytes.
        loop {
            match decoder.decode(piece) {
                Err(refusal) => {
                    found.push(Found::Refused(refusal));
                    return (found, 0);
                }
                Ok((used, event)) => {
                    piece = &piece[used..];
                    match event {
                        Some(Event::Data(data)) => {
                            Found::add(&mut found, Found::Data(data.to_vec()))
                        }
                        Some(Event::Trailers(trailers)) => found.push(Found::Trailers(*trailers)),
                        Some(Event::End) => found.push(Found::End),
                        Some(Event::Head) => panic!("a body has no head"),
                        None if used == 0 => break,
                        None => (),
                    }
                }
            }
        }
        behind += piece.len();
    }
    (found, behind)
}

/// Any cut of a chunked body gives the same data, and the same end.
pub(crate) fn chunked_cut(bytes: &[u8]) {
    let whole = chunked(std::iter::once(bytes), &LIMITS);
    assert_eq!(
        whole,
        chunked(bytes.chunks(1), &LIMITS),
        "one byte at a time"
    );
    for seed in 1..4 {
        assert_eq!(
            whole,
            chunked(cut(bytes, seed << 32), &LIMITS),
            "cut with seed {seed}"
        );
    }
}

/// Whatever is encoded is decoded as it was, and as nothing more.
pub(crate) fn identity(bytes: &[u8]) {
    let mut words = bytes.split(|&byte| byte == 0);
    let mut headers = HeaderMap::new();
    for pair in words.by_ref().take(4).collect::<Vec<_>>().chunks(2) {
        if let [name, value] = pair
            && let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    let pieces: Vec<&[u8]> = words.filter(|piece| !piece.is_empty()).collect();
    head_identity(
        bytes.first().map_or(200, |&byte| 100 + u16::from(byte) * 3),
        &headers,
    );
    body_identity(&pieces, &headers);
}

fn head_identity(status: u16, headers: &HeaderMap) {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let date = Date::at(SystemTime::UNIX_EPOCH);
    let mut out = Vec::new();
    ResponseHead {
        status,
        headers: Some(headers),
        content_type: None,
        delimiter: Delimiter::Length(7),
        persistence: Persistence::Close,
        date: &date,
    }
    .encode(&mut out);
    let mut lines = [httparse::EMPTY_HEADER; 16];
    let mut parsed = httparse::Response::new(&mut lines);
    assert_eq!(
        parsed.parse(&out),
        Ok(httparse::Status::Complete(out.len()))
    );
    assert_eq!(parsed.code, Some(status.as_u16()));
    let named = |wanted: &str| {
        parsed
            .headers
            .iter()
            .filter(|line| line.name.eq_ignore_ascii_case(wanted))
            .count()
    };
    assert_eq!((named("content-length"), named("connection")), (1, 1));
    // Ours, unless the handler has some of its own.
    let dates = headers.get_all("date").iter().count();
    assert_eq!(named("date"), dates.max(1));
    let framing = ["content-length", "transfer-encoding", "connection"];
    let kept: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !framing.contains(&name.as_str()))
        .collect();
    let ours = 3 - usize::from(headers.contains_key("date"));
    assert_eq!(parsed.headers.len(), kept.len() + ours);
    for (name, value) in kept {
        let trimmed = trim(value.as_bytes());
        assert!(
            parsed
                .headers
                .iter()
                .any(|line| line.name == name.as_str() && line.value == trimmed),
            "{name}"
        );
    }
}

fn body_identity(pieces: &[&[u8]], trailers: &HeaderMap) {
    let mut out = Vec::new();
    for piece in pieces {
        chunk_size(piece.len(), &mut out);
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    last_chunk(trailers, &mut out);
    out.extend_from_slice(b"behind");
    let (found, behind) = chunked(
        std::iter::once(&out[..]),
        &Limits {
            head_bytes: usize::MAX,
            ..LIMITS
        },
    );
    assert_eq!(behind, b"behind".len());
    let data: Vec<u8> = found
        .iter()
        .flat_map(|found| {
            if let Found::Data(data) = found {
                &data[..]
            } else {
                &[]
            }
        })
        .copied()
        .collect();
    assert_eq!(data, pieces.concat());
    assert_eq!(found.last(), Some(&Found::End));
    let framing = [
        "content-length",
        "transfer-encoding",
        "connection",
        "trailer",
        "host",
        "te",
    ];
    let kept = trailers
        .iter()
        .filter(|(name, _)| !framing.contains(&name.as_str()))
        .count();
    let got = found.iter().find_map(|found| {
        if let Found::Trailers(trailers) = found {
            Some(trailers.len())
        } else {
            None
        }
    });
    assert_eq!(got.unwrap_or(0), kept);
}

/// The white space around a value is no part of it (RFC 9110, 5.5).
fn trim(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(value.len());
    let end = value
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(start, |last| last + 1);
    &value[start..end]
}
