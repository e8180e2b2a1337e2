//! Is this the answer that every contestant must give?

#![forbid(unsafe_code)]

/// What the body must be.
const BODY: &[u8] = b"Hello, world!";

/// No head of an answer is longer.
const LONGEST: usize = 4096;

/// Checks answers. One that equals the last that was parsed needs no parsing: only `Date` ever changes.
#[derive(Default)]
pub(crate) struct Expected {
    last: Vec<u8>,
}

impl Expected {
    /// The length of the answer that `bytes` begin with, or nothing if more bytes are needed.
    ///
    /// # Errors
    ///
    /// If it is not the right answer: its status, its lengths, its body or its content type.
    pub(crate) fn first_of(&mut self, bytes: &[u8]) -> Result<Option<usize>, String> {
        if !self.last.is_empty() && bytes.starts_with(&self.last) {
            return Ok(Some(self.last.len()));
        }
        let length = parse(bytes)?;
        if let Some(length) = length {
            self.last = bytes[..length].to_vec();
        }
        Ok(length)
    }
}

fn parse(bytes: &[u8]) -> Result<Option<usize>, String> {
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
    if answer.version != Some(1) || answer.code != Some(200) || answer.reason != Some("OK") {
        return Err(wrong("not HTTP/1.1 200 OK"));
    }
    let value = |name: &str| {
        let mut values = answer
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name));
        values
            .next()
            .filter(|_| values.next().is_none())
            .map(|header| header.value)
    };
    if value("content-length") != Some(b"13") {
        return Err(wrong("not one Content-Length of 13"));
    }
    if value("content-type") != Some(b"text/plain; charset=utf-8") {
        return Err(wrong("not one Content-Type of text/plain; charset=utf-8"));
    }
    let date = value("date").and_then(|date| std::str::from_utf8(date).ok());
    if date.is_none_or(|date| httpdate::parse_http_date(date).is_err()) {
        return Err(wrong("not one readable Date"));
    }
    let length = head + BODY.len();
    let body = &bytes[head..bytes.len().min(length)];
    if !BODY.starts_with(body) {
        return Err(wrong("another body"));
    }
    Ok((bytes.len() >= length).then_some(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 13\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, world!";

    #[test]
    fn the_right_answer_is_taken_parsed_or_remembered() {
        let mut expected = Expected::default();
        let two = ANSWER.repeat(2);
        assert_eq!(expected.first_of(two.as_bytes()), Ok(Some(ANSWER.len())));
        assert_eq!(expected.first_of(two.as_bytes()), Ok(Some(ANSWER.len())));
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
            assert!(
                Expected::default().first_of(answer.as_bytes()).is_err(),
                "{answer}"
            );
        }
    }
}
