//! A directory as a page.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::SystemTime;

use yibu::fs::DirEntry;

use super::path::encode;
use super::validators::whole_seconds;

/// What the page shows of an entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: OsString,
    pub(super) is_dir: bool,
    pub(super) len: u64,
    pub(super) modified: SystemTime,
}

impl From<DirEntry> for Entry {
    fn from(entry: DirEntry) -> Entry {
        let metadata = entry.metadata;
        Entry {
            name: entry.name,
            is_dir: metadata.is_dir(),
            len: metadata.len(),
            modified: metadata.modified(),
        }
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.25rem;overflow-wrap:anywhere}\
table{width:100%;border-collapse:collapse}\
td{padding:.15rem .5rem;border-top:1px solid #8884}\
td:first-child{overflow-wrap:anywhere;width:100%}\
td:nth-child(n+2){text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;opacity:.7}\
a{text-decoration:none}a:hover{text-decoration:underline}";

/// Writes the page of the directory at `path`, relative to the root (`.` is the root).
///
/// Hidden entries are left out, as nginx does. Directories stand before files, each sorted by name. Names that are
/// not UTF-8 are shown as well as can be, and their links carry their bytes.
pub(super) fn page(path: &Path, mut entries: Vec<Entry>) -> String {
    entries.retain(|entry| !entry.name.as_bytes().starts_with(b"."));
    entries.sort_by(|a, b| b.is_dir.cmp(&a.is_dir).then_with(|| a.name.cmp(&b.name)));
    let is_root = path == Path::new(".");
    let title = if is_root {
        "/".into()
    } else {
        format!("/{}/", escape(&path.to_string_lossy()))
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n<table>\n"
    );
    if !is_root {
        page.push_str("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
    }
    for entry in &entries {
        row(&mut page, entry);
    }
    page.push_str("</table></body></html>\n");
    page
}

fn row(page: &mut String, entry: &Entry) {
    let slash = if entry.is_dir { "/" } else { "" };
    // "./" keeps a name with a colon from being read as a scheme.
    let link = encode(entry.name.as_bytes());
    let name = escape(&entry.name.to_string_lossy());
    let size = if entry.is_dir {
        String::new()
    } else {
        size(entry.len)
    };
    let time = time(entry.modified);
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<tr><td><a href=\"./{link}{slash}\">{name}{slash}</a></td><td>{size}</td><td>{time}</td></tr>"
    );
}

/// Makes text safe between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Three significant digits and a binary unit.
fn size(len: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if len < 1024 {
        return format!("{len} B");
    }
    let mut unit = 0;
    let mut value = len as f64 / 1024.0; // precision lost beyond 2^53 does not show in three digits
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = if value < 9.995 {
        2
    } else {
        usize::from(value < 99.95)
    };
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// Day and minute in UTC: the middle of an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT").
fn time(modified: SystemTime) -> String {
    match whole_seconds(modified) {
        Some(whole) => httpdate::fmt_http_date(whole)[5..22].to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn entry(name: &[u8], is_dir: bool) -> Entry {
        let modified = UNIX_EPOCH + Duration::from_secs(784_111_777);
        Entry {
            name: OsString::from_vec(name.to_vec()),
            is_dir,
            len: 1536,
            modified,
        }
    }

    #[test]
    fn directories_come_first_and_hidden_names_not_at_all() {
        let entries = [
            (&b"b"[..], false),
            (b".git", true),
            (b"z", true),
            (b"a", false),
            (b"c", true),
            (b".x", false),
        ];
        let page = page(
            Path::new("."),
            entries.map(|(name, is_dir)| entry(name, is_dir)).to_vec(),
        );
        let links: Vec<&str> = page
            .split("href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(links, ["./c/", "./z/", "./a", "./b"]);
        assert!(
            page.contains("<td>1.50 KiB</td><td>06 Nov 1994 08:49</td>"),
            "{page}"
        );
        assert!(!page.contains("../"));
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        let hostile = b"\"><script>alert('&')</script>";
        let page = page(
            Path::new("<b>/x"),
            vec![
                entry(hostile, false),
                entry(b"a:b", false),
                entry(b"\xff\"", true),
            ],
        );
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(
            page.contains("&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</a>"),
            "{page}"
        );
        assert!(
            page.contains("href=\"./%22%3E%3Cscript%3Ealert%28%27%26%27%29%3C%2Fscript%3E\""),
            "{page}"
        );
        assert!(page.contains("href=\"./a%3Ab\""), "{page}");
        assert!(
            page.contains("href=\"./%FF%22/\">\u{FFFD}&quot;/</a>"),
            "{page}"
        );
        assert!(
            page.contains("<h1>/&lt;b&gt;/x/</h1>") && page.contains("href=\"../\""),
            "{page}"
        );
    }

    #[test]
    fn sizes_have_three_digits() {
        for (len, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (10 * 1024, "10.0 KiB"),
            (100 * 1024, "100 KiB"),
            (1023 * 1024, "1.00 MiB"),
            (64 << 20, "64.0 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(size(len), expected, "{len}");
        }
    }

    #[test]
    fn times_before_1970_are_left_out() {
        assert_eq!(time(UNIX_EPOCH - Duration::from_secs(1)), "");
        assert_eq!(time(UNIX_EPOCH), "01 Jan 1970 00:00");
    }
}
