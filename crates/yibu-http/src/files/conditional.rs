//! Conditional requests: the preconditions of RFC 9110 13, in its order of precedence.
//!
//! ```text
//! If-Match ──────────── no match ──> 412        (13.2.2, step 1)
//! else If-Unmodified-Since ─ later ─> 412                     (2)
//! If-None-Match ─────────── match ──> 304                     (3)
//! else If-Modified-Since ─ not since ─> 304                   (4)
//! Range and If-Range ──── no match ──> the whole file         (5)
//! ```
#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime};

use super::validators::Validators;

/// The values of a request's conditional headers; several lines of one header are joined by commas.
#[derive(Debug, Default)]
pub(super) struct Conditions<'a> {
    pub(super) if_match: Option<&'a [u8]>,
    pub(super) if_unmodified_since: Option<&'a [u8]>,
    pub(super) if_none_match: Option<&'a [u8]>,
    pub(super) if_modified_since: Option<&'a [u8]>,
    pub(super) if_range: Option<&'a [u8]>,
}

/// What the preconditions of a GET or HEAD come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Answer as if there were none.
    Proceed,
    /// The client has it already: 304.
    NotModified,
    /// The client wanted another state of it: 412.
    Failed,
}

impl Conditions<'_> {
    /// Evaluates steps 1 to 4 against an existing file.
    pub(super) fn verdict(&self, current: &Validators) -> Verdict {
        if let Some(tags) = self.if_match {
            if !any_tag(tags, |tag| is_same_strongly(tag, &current.etag)) {
                return Verdict::Failed;
            }
        } else if let (Some(date), Some(modified)) =
            (self.if_unmodified_since.and_then(date), current.modified)
            && modified > date
        {
            return Verdict::Failed;
        }
        if let Some(tags) = self.if_none_match {
            if any_tag(tags, |tag| is_same_weakly(tag, &current.etag)) {
                return Verdict::NotModified;
            }
        } else if let (Some(date), Some(modified)) =
            (self.if_modified_since.and_then(date), current.modified)
            && modified <= date
        {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }

    /// Step 5: whether a `Range` counts, or the file has changed since the client got the first part of it.
    ///
    /// A date counts only if it is exactly the file's, and older than a second, so that the file cannot change again
    /// without it (RFC 9110 8.8.2.2).
    pub(super) fn range_counts(&self, current: &Validators, now: SystemTime) -> bool {
        let Some(validator) = self.if_range else {
            return true;
        };
        if validator.contains(&b'"') {
            return is_same_strongly(validator, &current.etag);
        }
        let age = current
            .modified
            .and_then(|modified| now.duration_since(modified).ok());
        date(validator).is_some_and(|date| Some(date) == current.modified)
            && age > Some(Duration::from_secs(1))
    }
}

/// RFC 9110 5.6.7; what is no date is treated as absent (13.1.3, 13.1.4).
fn date(value: &[u8]) -> Option<SystemTime> {
    httpdate::parse_http_date(str::from_utf8(value).ok()?.trim()).ok()
}

/// Strong comparison (RFC 9110 8.8.3.2): our tags are strong, and a weak one equals none of them.
fn is_same_strongly(tag: &[u8], ours: &str) -> bool {
    tag == ours.as_bytes()
}

/// Weak comparison: `W/` does not count.
fn is_same_weakly(tag: &[u8], ours: &str) -> bool {
    tag.strip_prefix(b"W/").unwrap_or(tag) == ours.as_bytes()
}

/// Whether the list is `*` or has a tag that satisfies `is_same`. It ends at the first thing that is no tag.
fn any_tag(list: &[u8], is_same: impl Fn(&[u8]) -> bool) -> bool {
    let mut rest = list.trim_ascii();
    if rest == b"*" {
        return true;
    }
    loop {
        while let [b' ' | b'\t' | b',', tail @ ..] = rest {
            rest = tail;
        }
        let Some(length) = tag_length(rest) else {
            return false;
        };
        let (tag, tail) = rest.split_at(length);
        if is_same(tag) {
            return true;
        }
        rest = tail;
    }
}

/// The length of the tag that stands at the beginning, with `W/` and quotes. It may hold commas (8.8.3).
fn tag_length(text: &[u8]) -> Option<usize> {
    let opening = if text.starts_with(b"W/") { 2 } else { 0 };
    let opaque = text.get(opening..)?.strip_prefix(b"\"")?;
    let length = opaque.iter().position(|&byte| byte == b'"')?;
    Some(opening + length + 2)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const DATE: &str = "Sat, 07 Nov 2026 05:33:24 GMT";
    const EARLIER: &str = "Sat, 07 Nov 2026 05:33:23 GMT";
    const LATER: &str = "Saturday, 07-Nov-26 05:33:25 GMT";

    fn current() -> Validators {
        Validators {
            etag: "\"a,b\"".into(),
            modified: Some(httpdate::parse_http_date(DATE).unwrap()),
        }
    }

    /// Judges a request with these headers.
    fn verdict(headers: &[(&str, &str)]) -> Verdict {
        let mut conditions = Conditions::default();
        for (name, value) in headers {
            let field = match *name {
                "if-match" => &mut conditions.if_match,
                "if-unmodified-since" => &mut conditions.if_unmodified_since,
                "if-none-match" => &mut conditions.if_none_match,
                "if-modified-since" => &mut conditions.if_modified_since,
                _ => unreachable!(),
            };
            *field = Some(value.as_bytes());
        }
        conditions.verdict(&current())
    }

    #[test]
    fn if_match_compares_strongly() {
        for value in [
            "\"a,b\"",
            "*",
            "\"x\", \"a,b\"",
            "W/\"a,b\",\"a,b\"",
            ",, \"a,b\"",
        ] {
            assert_eq!(verdict(&[("if-match", value)]), Verdict::Proceed, "{value}");
        }
        for value in [
            "",
            "\"x\"",
            "W/\"a,b\"",
            "a,b",
            "\"a,b",
            "nonsense, \"a,b\"",
            "\"a\"",
            "\"*\"",
        ] {
            assert_eq!(verdict(&[("if-match", value)]), Verdict::Failed, "{value}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for value in ["\"a,b\"", "W/\"a,b\"", "*", " * ", "\"x\" ,\tW/\"a,b\""] {
            assert_eq!(
                verdict(&[("if-none-match", value)]),
                Verdict::NotModified,
                "{value}"
            );
        }
        for value in ["", "\"x\"", "w/\"a,b\"", "\"b\"", "b", "\"a,b"] {
            assert_eq!(
                verdict(&[("if-none-match", value)]),
                Verdict::Proceed,
                "{value}"
            );
        }
    }

    #[test]
    fn dates_compare_by_whole_seconds() {
        for (since, unmodified, modified) in [
            (DATE, Verdict::Proceed, Verdict::NotModified),
            (LATER, Verdict::Proceed, Verdict::NotModified),
            (EARLIER, Verdict::Failed, Verdict::Proceed),
            ("yesterday", Verdict::Proceed, Verdict::Proceed),
            ("", Verdict::Proceed, Verdict::Proceed),
        ] {
            assert_eq!(
                verdict(&[("if-unmodified-since", since)]),
                unmodified,
                "{since}"
            );
            assert_eq!(
                verdict(&[("if-modified-since", since)]),
                modified,
                "{since}"
            );
        }
    }

    #[test]
    fn tags_outrank_dates() {
        assert_eq!(
            verdict(&[("if-none-match", "\"x\""), ("if-modified-since", LATER)]),
            Verdict::Proceed
        );
        assert_eq!(
            verdict(&[("if-none-match", "\"a,b\""), ("if-modified-since", EARLIER)]),
            Verdict::NotModified
        );
        assert_eq!(
            verdict(&[("if-match", "\"a,b\""), ("if-unmodified-since", EARLIER)]),
            Verdict::Proceed
        );
        assert_eq!(
            verdict(&[("if-match", "\"x\""), ("if-unmodified-since", LATER)]),
            Verdict::Failed
        );
    }

    #[test]
    fn failing_outranks_not_modified() {
        assert_eq!(
            verdict(&[("if-match", "\"x\""), ("if-none-match", "\"a,b\"")]),
            Verdict::Failed
        );
        assert_eq!(
            verdict(&[("if-match", "\"a,b\""), ("if-none-match", "\"a,b\"")]),
            Verdict::NotModified
        );
        assert_eq!(
            verdict(&[
                ("if-unmodified-since", EARLIER),
                ("if-modified-since", LATER)
            ]),
            Verdict::Failed
        );
    }

    #[test]
    fn a_file_without_a_date_passes_by_dates() {
        let dateless = Validators {
            modified: None,
            ..current()
        };
        let conditions = Conditions {
            if_unmodified_since: Some(EARLIER.as_bytes()),
            if_modified_since: Some(LATER.as_bytes()),
            ..Conditions::default()
        };
        assert_eq!(conditions.verdict(&dateless), Verdict::Proceed);
    }

    #[test]
    fn if_range_must_be_exact() {
        let counts = |value: &str, now: Duration| {
            let conditions = Conditions {
                if_range: Some(value.as_bytes()),
                ..Conditions::default()
            };
            conditions.range_counts(&current(), current().modified.unwrap() + now)
        };
        let long = Duration::from_secs(60);
        assert!(counts("\"a,b\"", Duration::ZERO));
        assert!(counts(DATE, long));
        for value in [
            "W/\"a,b\"",
            "\"x\"",
            "a,b",
            EARLIER,
            LATER,
            "*",
            "",
            "\"x\", \"a,b\"",
        ] {
            assert!(!counts(value, long), "{value}");
        }
        assert!(
            !counts(DATE, Duration::from_millis(900)),
            "the file may change again within this second"
        );
        assert!(Conditions::default().range_counts(&current(), UNIX_EPOCH));
    }
}
