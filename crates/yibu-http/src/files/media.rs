//! A file's media type, by its name alone.
//!
//! Every answer carries `X-Content-Type-Options: nosniff`, so that an upload which is named as a picture is never run
//! as a page: a name that says nothing is `application/octet-stream`, which browsers save and do not show.
#![forbid(unsafe_code)]

use std::path::Path;

use http::HeaderValue;

/// The `Content-Type` of a file with this name. Text is taken to be UTF-8.
pub(super) fn content_type(name: &Path) -> HeaderValue {
    let kind = mime_guess::from_path(name)
        .first_raw()
        .unwrap_or("application/octet-stream");
    if !is_text(kind) {
        return HeaderValue::from_static(kind);
    }
    HeaderValue::try_from(format!("{kind}; charset=utf-8"))
        .unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// Whether a `charset` means anything for it. JSON and SVG say themselves what they are written in.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind == "application/javascript"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_ending() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("dir.d/INDEX.HTML", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.wasm", "application/wasm"),
            ("a.tar.gz", "application/gzip"),
            ("异步.txt", "text/plain; charset=utf-8"),
            ("LICENSE", "application/octet-stream"),
            (".html", "application/octet-stream"),
            ("a.", "application/octet-stream"),
            ("a.no-such-ending", "application/octet-stream"),
            ("html.d/a", "application/octet-stream"),
        ] {
            assert_eq!(content_type(Path::new(name)), expected, "{name}");
        }
    }
}
