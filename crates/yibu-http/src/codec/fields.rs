//! Field lines as offsets into the bytes that they were parsed from.
#![forbid(unsafe_code)]

use super::{Refusal, malformed};

/// A table of field lines. It holds offsets only: every accessor wants the bytes that were parsed.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Where the first line begins; the lines' offsets count from there.
    start: usize,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    name: (u32, u32),
    value: (u32, u32),
}

impl Fields {
    /// The first value of the field `name`, whatever the case of its letters.
    pub fn first<'a>(&self, bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
        let bytes = &bytes[self.start..];
        let is_it = |line: &&Line| cut(bytes, line.name).eq_ignore_ascii_case(name.as_bytes());
        self.lines
            .iter()
            .find(is_it)
            .map(|line| cut(bytes, line.value))
    }

    /// Every field in the order it arrived: its name as it was spelt, and its value without the white space around it.
    pub fn iter<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (&'a str, &'a [u8])> + 'a {
        let bytes = &bytes[self.start..];
        self.lines.iter().map(move |line| {
            let name = str::from_utf8(cut(bytes, line.name)).expect("a field name is a token");
            (name, cut(bytes, line.value))
        })
    }

    /// The number of field lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// No lines yet, of a section that begins at `start`.
    pub(super) fn begin(&mut self, start: usize) {
        self.start = start;
        self.lines.clear();
    }

    /// The same lines, of a section that begins at `start`.
    pub(super) fn repeat(&mut self, start: usize) {
        self.start = start;
    }

    /// Appends one parsed line. `httparse` takes a bare LF for a line's end (RFC 9112, 2.2 lets a recipient do so), but
    /// here each line must be preceded by CR LF, or a proxy in front might have seen another line.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        field: &httparse::Header<'_>,
    ) -> Result<(), Refusal> {
        let name = offset(bytes, field.name.as_bytes());
        if !ends_with_crlf(bytes, name.0 as usize) {
            return Err(BARE_LF);
        }
        let section = &bytes[self.start..];
        self.lines.push(Line {
            name: offset(section, field.name.as_bytes()),
            value: offset(section, field.value),
        });
        Ok(())
    }
}

pub(super) const BARE_LF: Refusal = malformed!("a line ends in a bare LF");

/// Whether `bytes[..end]` ends in CR LF.
pub(super) fn ends_with_crlf(bytes: &[u8], end: usize) -> bool {
    end >= 2 && bytes[end - 2] == b'\r'
}

/// Where `part`, which was cut out of `bytes`, begins and ends in it.
pub(super) fn offset(bytes: &[u8], part: &[u8]) -> (u32, u32) {
    let start = part.as_ptr().addr() - bytes.as_ptr().addr();
    (start as u32, (start + part.len()) as u32)
}

pub(super) fn cut(bytes: &[u8], (start, end): (u32, u32)) -> &[u8] {
    &bytes[start as usize..end as usize]
}
