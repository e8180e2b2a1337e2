//! Which bytes a `Range` header asks for (RFC 9110 14).
#![forbid(unsafe_code)]

use std::ops::Range;

/// More ranges than this in one header are ignored: the answer is the whole file.
///
/// A page of a PDF or a film's index takes a handful; hundreds of tiny ones are an attack (RFC 9110 17.15).
const MOST_RANGES: usize = 64;

/// Ranges closer together than this are sent as one: what a part's head costs (RFC 9110 15.3.7.2).
const SMALLEST_GAP: u64 = 80;

/// What to send of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// All of it: there is no range, or one that is malformed, or in another unit, or too many.
    Whole,
    /// These parts, in the order asked for, none empty, none overlapping another.
    Parts(Vec<Range<u64>>),
    /// None of the ranges lies in the file: 416.
    Unsatisfiable,
}

/// Reads a `Range` header against a file of `len` bytes.
///
/// A range of an empty file selects all of it, since there is no way to write a range of no bytes.
pub(super) fn select(header: &[u8], len: u64) -> Selection {
    let Some(wanted) = parse(header) else {
        return Selection::Whole;
    };
    if len == 0 {
        return Selection::Whole;
    }
    let parts = wanted
        .iter()
        .filter_map(|spec| spec.within(len))
        .fold(Vec::new(), join);
    if parts.is_empty() {
        Selection::Unsatisfiable
    } else {
        Selection::Parts(parts)
    }
}

/// One range as it is written.
#[derive(Debug, Clone, Copy)]
enum Spec {
    /// `first-` or `first-last`, both included.
    From { first: u64, last: u64 },
    /// `-length`: the last bytes.
    Suffix(u64),
}

impl Spec {
    /// The bytes it means in a file of `len` bytes, if there are any.
    fn within(self, len: u64) -> Option<Range<u64>> {
        let range = match self {
            Spec::From { first, last } => first..last.saturating_add(1).min(len),
            Spec::Suffix(length) => len.saturating_sub(length)..len,
        };
        (!range.is_empty()).then_some(range)
    }
}

fn parse(header: &[u8]) -> Option<Vec<Spec>> {
    let header = str::from_utf8(header).ok()?;
    let (unit, set) = header.trim_matches([' ', '\t']).split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let mut specs = Vec::new();
    for element in set
        .split(',')
        .map(|element| element.trim_matches([' ', '\t']))
    {
        if element.is_empty() {
            continue; // RFC 9110 5.6.1.2: empty elements of a list do not count
        }
        if specs.len() == MOST_RANGES {
            return None;
        }
        specs.push(parse_spec(element)?);
    }
    (!specs.is_empty()).then_some(specs)
}

fn parse_spec(spec: &str) -> Option<Spec> {
    let (first, last) = spec.split_once('-')?;
    if first.is_empty() {
        return number(last).map(Spec::Suffix);
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        u64::MAX
    } else {
        number(last)?
    };
    (first <= last).then_some(Spec::From { first, last })
}

/// Digits only; a number too large for any file is the largest.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

/// Adds a range to the parts; those that it touches become one, in the place of the earliest asked for.
fn join(mut parts: Vec<Range<u64>>, mut range: Range<u64>) -> Vec<Range<u64>> {
    let touches = |part: &Range<u64>, range: &Range<u64>| {
        range.start < part.end.saturating_add(SMALLEST_GAP)
            && part.start < range.end.saturating_add(SMALLEST_GAP)
    };
    let mut place = parts.len();
    // A range that grew may touch a part that it did not touch before.
    while let Some(at) = parts.iter().position(|part| touches(part, &range)) {
        let part = parts.remove(at);
        range = range.start.min(part.start)..range.end.max(part.end);
        place = place.min(at);
    }
    place = place.min(parts.len());
    parts.insert(place, range);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(ranges: &[(u64, u64)]) -> Selection {
        Selection::Parts(ranges.iter().map(|&(start, end)| start..end).collect())
    }

    #[test]
    fn one_range() {
        for (header, expected) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-499", 0..500),
            ("bytes=500-999", 500..1000),
            ("bytes=500-", 500..1000),
            ("bytes=500-5000", 500..1000),
            ("bytes=-500", 500..1000),
            ("bytes=-5000", 0..1000),
            ("BYTES=1-2", 1..3),
            (" bytes= 1-2 ", 1..3),
            ("bytes=,1-2,,", 1..3),
            ("bytes=0-99999999999999999999999999", 0..1000),
            ("bytes=0-18446744073709551615", 0..1000),
            ("bytes=-99999999999999999999999999", 0..1000),
            ("bytes=2000-, 7-7", 7..8),
        ] {
            assert_eq!(
                select(header.as_bytes(), 1000),
                Selection::Parts(vec![expected]),
                "{header}"
            );
        }
        assert_eq!(select(b"bytes=0-", u64::MAX), parts(&[(0, u64::MAX)]));
    }

    #[test]
    fn what_is_malformed_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-",
            "bytes=1-a",
            "bytes=2-1",
            "bytes=1",
            "bytes=1-2-3",
            "bytes=+1-2",
            "bytes=1 - 2",
            "bytes=1-2;3-4",
            "lines=1-2",
            "bytes =1-2",
            "bytes=--1",
            "bytes=1-2,x",
            "bytes=0x1-2",
            "bytes=1-2, bytes=3-4",
        ] {
            assert_eq!(
                select(header.as_bytes(), 1000),
                Selection::Whole,
                "{header}"
            );
        }
        assert_eq!(select(b"bytes=\xff-", 1000), Selection::Whole);
    }

    #[test]
    fn nothing_there_is_unsatisfiable() {
        for header in [
            "bytes=1000-",
            "bytes=1000-2000",
            "bytes=-0",
            "bytes=5000-, -0",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(
                select(header.as_bytes(), 1000),
                Selection::Unsatisfiable,
                "{header}"
            );
        }
        for header in ["bytes=0-", "bytes=-5", "bytes=3-4"] {
            assert_eq!(select(header.as_bytes(), 0), Selection::Whole, "{header}");
        }
    }

    #[test]
    fn several_ranges_keep_their_order() {
        assert_eq!(
            select(b"bytes=900-909, 0-9", 1000),
            parts(&[(900, 910), (0, 10)])
        );
        assert_eq!(select(b"bytes=0-0,-1", 1000), parts(&[(0, 1), (999, 1000)]));
    }

    #[test]
    fn neighbours_become_one() {
        assert_eq!(select(b"bytes=0-499,500-999", 1000), parts(&[(0, 1000)]));
        assert_eq!(select(b"bytes=0-9,0-9,0-9", 1000), parts(&[(0, 10)]));
        assert_eq!(select(b"bytes=0-9,89-99", 1000), parts(&[(0, 100)])); // a gap of 79
        assert_eq!(
            select(b"bytes=0-9,90-99", 1000),
            parts(&[(0, 10), (90, 100)])
        ); // of 80
        assert_eq!(
            select(b"bytes=800-810,0-9,500-510,5-805", 1000),
            parts(&[(0, 811)])
        );
        assert_eq!(
            select(b"bytes=500-509,0-9,300-309,9-309", 1000),
            parts(&[(500, 510), (0, 310)])
        );
    }

    #[test]
    fn too_many_are_ignored() {
        let many = |count: usize| {
            let ranges: Vec<String> = (0..count).map(|at| format!("{0}-{0}", at * 1000)).collect();
            select(format!("bytes={}", ranges.join(",")).as_bytes(), 1 << 20)
        };
        assert!(matches!(many(MOST_RANGES), Selection::Parts(parts) if parts.len() == MOST_RANGES));
        assert_eq!(many(MOST_RANGES + 1), Selection::Whole);
    }

    /// Against the plain meaning: a byte is sent if a range covers it, never twice, and what else is sent fills gaps
    /// under 80.
    #[test]
    fn random_ranges_cover_what_was_asked_for() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..2_000 {
            let len = 1 + random(1500);
            let specs: Vec<Spec> = (0..1 + random(8))
                .map(|_| match random(3) {
                    0 => Spec::Suffix(random(len + 10)),
                    _ => {
                        let first = random(len + 100);
                        Spec::From {
                            first,
                            last: first + random(300),
                        }
                    }
                })
                .collect();
            let header: Vec<String> = specs
                .iter()
                .map(|spec| match spec {
                    Spec::Suffix(length) => format!("-{length}"),
                    Spec::From { first, last } => format!("{first}-{last}"),
                })
                .collect();
            let header = format!("bytes={}", header.join(", "));
            let asked = |byte: u64| {
                specs
                    .iter()
                    .any(|spec| spec.within(len).is_some_and(|range| range.contains(&byte)))
            };
            match select(header.as_bytes(), len) {
                Selection::Whole => panic!("{header} is well formed"),
                Selection::Unsatisfiable => {
                    assert!((0..len).all(|byte| !asked(byte)), "{header} of {len}")
                }
                Selection::Parts(parts) => {
                    for byte in 0..len {
                        let times = parts.iter().filter(|part| part.contains(&byte)).count();
                        assert!(times <= 1, "{header} of {len}: byte {byte} is sent twice");
                        assert!(
                            times == 1 || !asked(byte),
                            "{header} of {len}: byte {byte} is missing"
                        );
                    }
                    assert!(
                        parts
                            .iter()
                            .all(|part| asked(part.start) && asked(part.end - 1)),
                        "{header} of {len}: {parts:?}"
                    );
                }
            }
        }
    }
}
