//! Is this the answer that every contestant must give?

#![forbid(unsafe_code)]

use std::sync::{Arc, LazyLock};

/// No head of an answer is longer.
const LONGEST: usize = 4096;

/// Answers with bodies up to this size are compared as a whole, longer ones as they come.
const SHORT: usize = 1024;

/// What is asked for, and the answer that it must have.
pub(crate) struct Wanted {
    pub(crate) target: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Wanted {
    /// The 13 bytes that every server of `http-hello` gives.
    pub(crate) fn hello() -> Arc<Self> {
        static HELLO: LazyLock<Arc<Wanted>> = LazyLock::new(|| {
            Arc::new(Wanted {
                target: "/".into(),
                content_type: "text/plain; charset=utf-8",
                body: b"Hello, world!".into(),
            })
        });
        Arc::clone(&HELLO)
    }
}

/// What is found at the start of some bytes.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// An answer, or the last part of one, of this length.
    Whole(usize),
    /// A part of an answer, of this length, that need not be looked at again.
    Part(usize),
    /// Nothing that could be judged without the bytes that follow.
    Little,
}

/// Checks answers. What equals the last one that was parsed needs no parsing: only `Date` ever changes.
pub(crate) struct Expected {
    wanted: Arc<Wanted>,
    /// The last answer, or its head if the body is not short.
    last: Vec<u8>,
    /// How much of a body that is not short was seen.
    seen: Option<usize>,
}

/// For the 13 bytes.
impl Default for Expected {
    fn default() -> Self {
        Self::new(Wanted::hello())
    }
}

impl Expected {
    pub(crate) fn new(wanted: Arc<Wanted>) -> Self {
        Self {
            wanted,
            last: Vec::new(),
            seen: None,
        }
    }

    /// What `bytes`, which follow those that were found before, begin with.
    ///
    /// # Errors
    ///
    /// If it is not the right answer: its status, its lengths, its body or its content type.
    pub(crate) fn next_of(&mut self, bytes: &[u8]) -> Result<Found, String> {
        if let Some(seen) = self.seen {
            return self.next_part(seen, bytes);
        }
        if self.last.is_empty() || !bytes.starts_with(&self.last) {
            let Some(head) = self.parse(bytes)? else {
                return Ok(Found::Little);
            };
            let remembered = head + self.short_body().len();
            if bytes.len() < remembered {
                return Ok(Found::Little);
            }
            self.last = bytes[..remembered].to_vec();
        }
        if self.wanted.body.len() <= SHORT {
            return Ok(Found::Whole(self.last.len()));
        }
        self.seen = Some(0);
        Ok(Found::Part(self.last.len()))
    }

    /// The length of the short answer that `bytes` begin with, or nothing if more bytes are needed.
    ///
    /// # Errors
    ///
    /// As of [`next_of`](Self::next_of).
    pub(crate) fn first_of(&mut self, bytes: &[u8]) -> Result<Option<usize>, String> {
        Ok(match self.next_of(bytes)? {
            Found::Whole(length) => Some(length),
            Found::Part(_) | Found::Little => None,
        })
    }

    /// The part of the body that is compared together with the head.
    fn short_body(&self) -> &[u8] {
        let body = &self.wanted.body;
        if body.len() <= SHORT { body } else { &[] }
    }

    fn next_part(&mut self, seen: usize, bytes: &[u8]) -> Result<Found, String> {
        let rest = &self.wanted.body[seen..];
        let length = rest.len().min(bytes.len());
        if bytes[..length] != rest[..length] {
            return Err(format!(
                "another body, within {length} bytes after its first {seen}"
            ));
        }
        if length == rest.len() {
            self.seen = None;
            return Ok(Found::Whole(length));
        }
        self.seen = Some(seen + length);
        Ok(Found::Part(length))
    }

    /// The length of the head that `bytes` begin with, if it is whole; as much as there is of a short body is checked, too.
    fn parse(&self, bytes: &[u8]) -> Result<Option<usize>, String> {
        let wrong = |what: &str| {
            format!(
                "{what}: {:?}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(512)])
            )
        };
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut answer = httparse::Response::new(&mut headers);
        let head = match answer.parse(bytes) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) if bytes.len() < LONGEST => return Ok(None),
            Ok(httparse::Status::Partial) => return Err(wrong("a head without an end")),
            Err(error) => return Err(wrong(&format!("not an HTTP answer ({error})"))),
        };
        if answer.version != Some(1) || answer.code != Some(200) {
            return Err(wrong("not HTTP/1.1 200"));
        }
        self.check_fields(answer.headers)
            .map_err(|what| wrong(&what))?;
        let short = self.short_body();
        let body = &bytes[head..bytes.len().min(head + short.len())];
        if !short.starts_with(body) {
            return Err(wrong("another body"));
        }
        Ok(Some(head))
    }

    fn check_fields(&self, headers: &[httparse::Header<'_>]) -> Result<(), String> {
        let value = |name: &str| {
            let mut values = headers
                .iter()
                .filter(|header| header.name.eq_ignore_ascii_case(name));
            values
                .next()
                .filter(|_| values.next().is_none())
                .and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let length = self.wanted.body.len();
        if value("content-length") != Some(&length.to_string()) {
            return Err(format!("not one Content-Length of {length}"));
        }
        let content_type = self.wanted.content_type;
        if value("content-type") != Some(content_type) {
            return Err(format!("not one Content-Type of {content_type}"));
        }
        if value("date").is_none_or(|date| httpdate::parse_http_date(date).is_err()) {
            return Err("not one readable Date".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 13\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, world!";

    #[test]
    fn the_right_answer_is_taken_parsed_or_remembered() {
        let mut expected = Expected::default();
        let two = ANSWER.repeat(2);
        let whole = Ok(Some(ANSWER.len()));
        assert_eq!(expected.first_of(two.as_bytes()), whole);
        assert_eq!(expected.first_of(two.as_bytes()), whole);
    }

    #[test]
    fn a_part_of_it_needs_more_bytes() {
        for cut in 0..ANSWER.len() {
            assert_eq!(
                Expected::default().first_of(&ANSWER.as_bytes()[..cut]),
                Ok(None),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn every_other_answer_is_refused() {
        let wrong = [
            ANSWER.replace("200", "500"),
            ANSWER.replace("1.1", "1.0"),
            ANSWER.replace("Hello", "hello"),
            ANSWER.replace(": 13", ": 12"),
            ANSWER.replace("content-length", "x"),
            ANSWER.replace("Date", "Content-Length: 13\r\nDate"),
            ANSWER.replace("Sun", "Someday"),
            ANSWER.replace("; charset=utf-8", ""),
            ANSWER.replace("HTTP", "HTTQ"),
        ];
        for answer in wrong {
            let refused = Expected::default().first_of(answer.as_bytes());
            assert!(refused.is_err(), "{answer}");
        }
    }

    /// An answer with a body that is not short, and the same as it came over the wire.
    fn long() -> (Arc<Wanted>, Vec<u8>) {
        let body: Vec<u8> = (0..SHORT + 100).map(|at| at as u8).collect();
        let (head, _) = ANSWER.split_at(ANSWER.len() - 13);
        let mut answer = head.replace(": 13", &format!(": {}", body.len()));
        answer = answer.replace("text/plain; charset=utf-8", "application/octet-stream");
        let wanted = Wanted {
            target: "/long".into(),
            content_type: "application/octet-stream",
            body: body.clone(),
        };
        (Arc::new(wanted), [answer.as_bytes(), &body].concat())
    }

    /// How many answers are found if the bytes come in two parts.
    fn count(wanted: &Arc<Wanted>, bytes: &[u8], cut: usize) -> Result<usize, String> {
        let mut expected = Expected::new(Arc::clone(wanted));
        let (mut from, mut count) = (0, 0);
        for until in [cut, bytes.len()] {
            while from < until {
                from += match expected.next_of(&bytes[from..until])? {
                    Found::Whole(length) => {
                        count += 1;
                        length
                    }
                    Found::Part(length) => length,
                    Found::Little => break,
                };
            }
        }
        Ok(count)
    }

    #[test]
    fn any_cut_of_long_answers_gives_the_same() {
        let (wanted, answer) = long();
        let two = answer.repeat(2);
        for cut in 0..=two.len() {
            assert_eq!(count(&wanted, &two, cut), Ok(2), "cut at {cut}");
        }
    }

    #[test]
    fn one_wrong_byte_of_a_long_body_is_found() {
        let (wanted, mut answer) = long();
        *answer.last_mut().expect("it has a body") ^= 1;
        for cut in 0..=answer.len() {
            assert!(count(&wanted, &answer, cut).is_err(), "cut at {cut}");
        }
    }
}
