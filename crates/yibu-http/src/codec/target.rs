//! The forms of a request's target, and what may stand in `Host`.
#![forbid(unsafe_code)]

use http::Method;

use super::{Refusal, malformed};

/// A target split into what it names (RFC 9112, 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// Of a target in absolute form; it replaces `Host` (RFC 9112, 3.2.2).
    pub(crate) authority: Option<&'a str>,
    /// Begins with `/`, or is `*`.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Splits a target that [`check`] has passed.
    pub(crate) fn split(target: &'a str) -> Target<'a> {
        let (authority, rest) = match after_scheme(target) {
            None => (None, target),
            Some(rest) => {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Target {
            authority,
            path: if path.is_empty() { "/" } else { path },
            query,
        }
    }
}

/// Refuses a target that is in none of the forms which this server answers.
pub(super) fn check(method: &Method, target: &str) -> Result<(), Refusal> {
    if !target.bytes().all(is_plain) {
        return Err(malformed!(
            "the target contains a byte that no target may contain"
        ));
    }
    if target.starts_with('/') || (target == "*" && *method == Method::OPTIONS) {
        return Ok(());
    }
    let authority = after_scheme(target).and_then(|rest| rest.split(['/', '?']).next());
    match authority {
        // A host is required in an http URI, and user information is refused (RFC 9110, 4.2.1 and 4.2.4).
        Some(authority) if !authority.is_empty() && is_host(authority.as_bytes()) => Ok(()),
        _ => Err(malformed!(
            "the target is in no form that this method may use"
        )),
    }
}

/// Whether a byte may stand in a target: the visible characters of ASCII (RFC 3986, 2), but for `#` (RFC 9112, 3.2).
#[inline]
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

fn after_scheme(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    known.then_some(rest)
}

/// Whether a `Host` is made of what a host and a port are made of (RFC 3986, 3.2.2). An empty one is allowed (RFC
/// 9110, 7.2).
pub(super) fn is_host(value: &[u8]) -> bool {
    // Without a branch per byte: every request has a host, and it is short.
    value
        .iter()
        .fold(true, |is_host, &byte| is_host & HOST[byte as usize])
}

const HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"-._~%!$&'()*+,;=:[]";
    let mut i = 0;
    while i < others.len() {
        table[others[i] as usize] = true;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_split() {
        let split = |target| {
            let Target {
                authority,
                path,
                query,
            } = Target::split(target);
            (authority, path, query)
        };
        assert_eq!(split("/a/b?c=d?e"), (None, "/a/b", Some("c=d?e")));
        assert_eq!(split("/?"), (None, "/", Some("")));
        assert_eq!(split("//a"), (None, "//a", None));
        assert_eq!(split("*"), (None, "*", None));
        assert_eq!(split("http://a:8080/b"), (Some("a:8080"), "/b", None));
        assert_eq!(split("HTTP://a?b"), (Some("a"), "/", Some("b")));
        assert_eq!(split("http://a"), (Some("a"), "/", None));
        assert_eq!(split("/http://a"), (None, "/http://a", None));
    }

    #[test]
    fn other_forms_are_refused() {
        let is_ok = |target| check(&Method::GET, target).is_ok();
        assert!(is_ok("/") && is_ok("http://a/") && is_ok("https://[::1]:80?"));
        for target in [
            "*",
            "a",
            "a:80",
            "ftp://a/",
            "http://",
            "http:///a",
            "http://u@a/",
            "/#",
            "/\u{e4}",
            "?a",
        ] {
            assert!(!is_ok(target), "{target}");
        }
        assert!(check(&Method::OPTIONS, "*").is_ok());
    }
}
