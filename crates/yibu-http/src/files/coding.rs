//! Which precompressed sibling a client would rather have: `Accept-Encoding` (RFC 9110 12.5.3).
#![forbid(unsafe_code)]

/// A content coding that a sibling file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Zstd,
    Gzip,
}

/// In the order in which we prefer them when the client does not care: smallest usual result first.
const CODINGS: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

impl Coding {
    /// What the sibling's name has more than the file's.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Coding::Brotli => ".br",
            Coding::Zstd => ".zst",
            Coding::Gzip => ".gz",
        }
    }

    /// Its word in `Content-Encoding` and `Accept-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
            Coding::Gzip => "gzip",
        }
    }
}

/// The codings to look for, best first: those that the client accepts and likes no less than the plain file.
///
/// The plain file remains as the last resort even where the client excludes it (12.5.3: an origin server may send
/// it).
pub(super) fn acceptable(header: Option<&[u8]>) -> Vec<Coding> {
    let Some(header) = header.and_then(|header| str::from_utf8(header).ok()) else {
        return Vec::new();
    };
    let any = weight(header, &["*"]);
    let identity = weight(header, &["identity"]).or(any).unwrap_or(0);
    let mut found: Vec<(u16, Coding)> = Vec::new();
    for coding in CODINGS {
        // RFC 9110 8.4.1.3: "x-gzip" is the same.
        let names: &[&str] = if coding == Coding::Gzip {
            &["gzip", "x-gzip"]
        } else {
            &[coding.name()]
        };
        let wanted = weight(header, names).or(any).unwrap_or(0);
        if wanted > 0 && wanted >= identity {
            found.push((wanted, coding));
        }
    }
    found.sort_by_key(|&(wanted, _)| std::cmp::Reverse(wanted)); // stable: equals keep our order
    found.into_iter().map(|(_, coding)| coding).collect()
}

/// The weight that the list gives to any of these names; of several the greatest.
fn weight(list: &str, names: &[&str]) -> Option<u16> {
    let is_meant = |name: &str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    list.split(',')
        .filter_map(parse)
        .filter(|(name, _)| is_meant(name))
        .map(|(_, weight)| weight)
        .max()
}

/// One element of the list and its weight in thousandths; `None` if it is malformed.
fn parse(element: &str) -> Option<(&str, u16)> {
    let mut parts = element
        .split(';')
        .map(|part| part.trim_matches([' ', '\t']));
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(weight) = parts.next() else {
        return Some((name, 1000));
    };
    let value = weight
        .strip_prefix("q=")
        .or_else(|| weight.strip_prefix("Q="))?;
    if parts.next().is_some() {
        return None;
    }
    Some((name, thousandths(value)?))
}

/// RFC 9110 12.4.2: `0` or `1`, then at most three decimals, and no more than 1.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if !matches!(whole, "0" | "1")
        || decimals.len() > 3
        || !decimals.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let thousandths = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip, Zstd};
    use super::*;

    #[test]
    fn the_client_chooses() {
        for (header, expected) in [
            ("", &[][..]),
            ("gzip", &[Gzip]),
            ("GZip", &[Gzip]),
            ("x-gzip", &[Gzip]),
            ("deflate", &[]),
            ("gzip, deflate, br, zstd", &[Brotli, Zstd, Gzip]),
            ("gzip;q=1.0, br;q=0.5", &[Gzip, Brotli]),
            ("br;q=0.001, gzip ; q=0.002", &[Gzip, Brotli]),
            ("gzip;q=0", &[]),
            ("gzip;q=0.000, br", &[Brotli]),
            ("*", &[Brotli, Zstd, Gzip]),
            ("*;q=0", &[]),
            ("br;q=0, *", &[Zstd, Gzip]),
            ("*;q=0.5, gzip", &[Gzip, Brotli, Zstd]),
            ("identity, gzip;q=0.5", &[]),
            ("identity;q=0.5, gzip;q=0.5", &[Gzip]),
            ("identity;q=0, gzip;q=0.1", &[Gzip]),
            ("gzip;q=0, gzip", &[Gzip]),
        ] {
            assert_eq!(acceptable(Some(header.as_bytes())), expected, "{header}");
        }
        assert_eq!(acceptable(None), []);
        assert_eq!(acceptable(Some(b"\xff, gzip")), []);
    }

    #[test]
    fn what_is_malformed_does_not_count() {
        for header in [
            "gzip;q=2",
            "gzip;q=1.001",
            "gzip;q=0.1234",
            "gzip;q=",
            "gzip;q=.5",
            "gzip;q=-1",
            "gzip;level=9",
            "gzip;q=1;q=1",
            "gzip;",
            "gzip br",
            ";q=1",
            "gzip;q=0.+1",
        ] {
            assert_eq!(acceptable(Some(header.as_bytes())), [], "{header}");
            let header = format!("{header}, br");
            assert_eq!(acceptable(Some(header.as_bytes())), [Brotli], "{header}");
        }
    }

    #[test]
    fn weights_are_thousandths() {
        for (text, value) in [
            ("0", 0),
            ("1", 1000),
            ("1.", 1000),
            ("1.000", 1000),
            ("0.5", 500),
            ("0.05", 50),
            ("0.005", 5),
        ] {
            assert_eq!(thousandths(text), Some(value), "{text}");
        }
    }
}
