//! From a request's path to a path beneath the root.
//!
//! The path is cut at its slashes first and decoded second, so an encoded slash (`%2F`) can never make
//! a new segment. What is left is relative, has no `.` or `..` and no NUL; symlinks are the kernel's
//! affair (`openat2`). A backslash is an ordinary character of a name, as it is to the file system.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// What may stand in one segment of a link as it is: RFC 3986's unreserved characters, nothing else.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request's path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Relative to the root; `.` is the root itself.
    pub(super) path: PathBuf,
    /// Whether it ended in a slash: it names a directory.
    pub(super) directory: bool,
}

/// Why a path cannot name a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadPath {
    /// Not a path that a client may send: 400.
    Malformed,
    /// A name that no file can have: 404.
    Missing,
}

/// Takes a request's still encoded path apart.
///
/// Empty segments are skipped, as nginx merges slashes. Dot segments are refused rather than resolved:
/// clients resolve them before they send (RFC 3986 5.2.4), so who sends one is trying something.
pub(super) fn parse(path: &str) -> Result<Target, BadPath> {
    if !path.starts_with('/') {
        return Err(BadPath::Malformed);
    }
    let mut target = Target {
        path: PathBuf::new(),
        directory: path.ends_with('/'),
    };
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        target.path.push(decode(segment)?);
    }
    if target.path.as_os_str().is_empty() {
        target.path.push(".");
    }
    Ok(target)
}

/// Encodes a name for use as one segment of a link; any bytes will do.
pub(super) fn encode(name: &[u8]) -> String {
    percent_encode(name, ENCODED).to_string()
}

fn decode(segment: &str) -> Result<OsString, BadPath> {
    if !is_well_encoded(segment.as_bytes()) {
        return Err(BadPath::Malformed);
    }
    let name: Vec<u8> = percent_decode_str(segment).collect();
    if name.contains(&0) || name == b"." || name == b".." {
        return Err(BadPath::Malformed);
    }
    if name.contains(&b'/') {
        return Err(BadPath::Missing);
    }
    Ok(OsString::from_vec(name))
}

/// Whether two hexadecimal digits follow each `%` (the decoder lets anything pass).
fn is_well_encoded(segment: &[u8]) -> bool {
    let is_hex = |at: usize| segment.get(at).is_some_and(u8::is_ascii_hexdigit);
    segment
        .iter()
        .enumerate()
        .all(|(at, &byte)| byte != b'%' || (is_hex(at + 1) && is_hex(at + 2)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn ok(path: &str) -> (PathBuf, bool) {
        let target = parse(path).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        (target.path, target.directory)
    }

    #[test]
    fn names_are_decoded() {
        assert_eq!(ok("/"), (".".into(), true));
        assert_eq!(ok("//"), (".".into(), true));
        assert_eq!(ok("/a"), ("a".into(), false));
        assert_eq!(ok("/a/b%20c/"), ("a/b c".into(), true));
        assert_eq!(ok("/%E5%BC%82%e6%ad%a5"), ("异步".into(), false));
        assert_eq!(ok("//a///b"), ("a/b".into(), false));
        assert_eq!(ok("/..."), ("...".into(), false));
        assert_eq!(ok("/.hidden"), (".hidden".into(), false));
        assert_eq!(ok("/%252e%252e"), ("%2e%2e".into(), false));
        assert_eq!(ok("/%ff").0.as_os_str().as_bytes(), b"\xff");
        assert_eq!(ok("/..\\..\\etc"), ("..\\..\\etc".into(), false));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in [
            "",
            "a",
            "*",
            "http://x/",
            "/%",
            "/%2",
            "/%2g",
            "/%zz",
            "/a%",
            "/%u0041",
            "/%+1",
        ] {
            assert_eq!(parse(path), Err(BadPath::Malformed), "{path}");
        }
    }

    #[test]
    fn nothing_climbs_out() {
        for path in [
            "/..",
            "/../",
            "/a/../b",
            "/%2e%2e/x",
            "/.%2E",
            "/%2e.",
            "/.",
            "/a/./b",
            "/%2e",
            "/a%00",
            "/%00",
        ] {
            assert_eq!(parse(path), Err(BadPath::Malformed), "{path}");
        }
        for path in ["/%2f", "/a%2Fb", "/..%2f..%2fetc", "/%2fetc%2fpasswd"] {
            assert_eq!(parse(path), Err(BadPath::Missing), "{path}");
        }
    }

    #[test]
    fn every_name_survives_encoding_and_parsing() {
        for byte in (1..=255).filter(|&byte| byte != b'/') {
            let name = [b'n', byte, b'%', byte];
            let link = format!("/{}", encode(&name));
            assert!(link.is_ascii(), "{link}");
            assert_eq!(ok(&link).0.as_os_str().as_bytes(), name, "{link}");
        }
    }
}
