//! What the three crawlers share: how a page is asked for and read. (HTTP/1.0 by hand, of a site that can be trusted.)
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io::{self, Write, stdout};

pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) bytes: usize,
    /// The paths of the site's own pages that it links to.
    pub(crate) links: Vec<String>,
}

/// The address of the site, from the command line.
pub(crate) fn site() -> String {
    let site = std::env::args().nth(1);
    site.expect("the address of a site: 127.0.0.1:8000")
}

pub(crate) fn request(site: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.0\r\nHost: {site}\r\n\r\n")
}

pub(crate) fn parse(answer: &[u8]) -> io::Result<Page> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let links = body.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    Ok(Page {
        status: status.ok_or_else(|| io::Error::other("not an answer of HTTP"))?,
        bytes: body.len(),
        links: links
            .filter(|link| link.starts_with('/'))
            .map(str::to_owned)
            .collect(),
    })
}

pub(crate) fn report(pages: &BTreeMap<String, Page>) -> io::Result<()> {
    let mut out = stdout().lock();
    for (path, page) in pages {
        writeln!(
            out,
            "{} {:6} bytes {:2} links {path}",
            page.status,
            page.bytes,
            page.links.len()
        )?;
    }
    writeln!(out, "{} pages", pages.len())
}
