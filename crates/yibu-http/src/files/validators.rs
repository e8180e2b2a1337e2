//! What identifies one state of one representation: its entity tag and its date (RFC 9110 8.8).
#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::coding::Coding;

/// The first second of the year 10000, which HTTP's dates cannot write.
const END_OF_DATES: Duration = Duration::from_secs(253_402_300_800);

/// The validators of the file that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validators {
    /// A strong tag, with its quotes.
    pub(super) etag: String,
    /// When it was last modified, in whole seconds; absent if HTTP cannot write the date.
    pub(super) modified: Option<SystemTime>,
}

impl Validators {
    /// The validators of a file by what `stat` says of it.
    ///
    /// The tag is made of the time of modification in nanoseconds, the length, the inode and the coding. Two states
    /// of a file share it only if it was overwritten in place, at the same length, within one tick of the file
    /// system's clock.
    ///
    /// A date in the future is replaced by `now` (RFC 9110 8.8.2.1).
    pub(super) fn new(
        modified: SystemTime,
        len: u64,
        inode: u64,
        coding: Option<Coding>,
        now: SystemTime,
    ) -> Validators {
        let nanos = match modified.duration_since(UNIX_EPOCH) {
            Ok(after) => format!("{:x}", after.as_nanos()),
            Err(before) => format!("n{:x}", before.duration().as_nanos()),
        };
        let suffix = coding.map_or("", Coding::extension);
        Validators {
            etag: format!("\"{nanos}-{len:x}-{inode:x}{suffix}\""),
            modified: whole_seconds(modified.min(now)),
        }
    }

    /// The date for `Last-Modified`.
    pub(super) fn last_modified(&self) -> Option<String> {
        self.modified.map(httpdate::fmt_http_date)
    }
}

/// Cuts a time down to whole seconds; `None` outside of what an HTTP date can write, 1970 to 9999.
pub(super) fn whole_seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time
        .duration_since(UNIX_EPOCH)
        .ok()
        .filter(|since| *since < END_OF_DATES)?;
    Some(UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000_000);

    fn at(modified: SystemTime) -> Validators {
        Validators::new(modified, 10, 7, None, UNIX_EPOCH + NOW)
    }

    #[test]
    fn every_part_changes_the_tag() {
        let time = UNIX_EPOCH + Duration::new(1, 5);
        let now = UNIX_EPOCH + NOW;
        let tags = [
            Validators::new(time, 10, 7, None, now),
            Validators::new(time + Duration::from_nanos(1), 10, 7, None, now),
            Validators::new(time, 11, 7, None, now),
            Validators::new(time, 10, 8, None, now),
            Validators::new(time, 10, 7, Some(Coding::Gzip), now),
            Validators::new(time, 10, 7, Some(Coding::Brotli), now),
            Validators::new(UNIX_EPOCH - Duration::new(1, 5), 10, 7, None, now),
        ]
        .map(|validators| validators.etag);
        for (at, tag) in tags.iter().enumerate() {
            assert!(!tags[..at].contains(tag), "{tag}");
            assert!(
                tag.starts_with('"') && tag.ends_with('"') && tag.matches('"').count() == 2,
                "{tag}"
            );
        }
        assert_eq!(tags[0], Validators::new(time, 10, 7, None, now + NOW).etag);
    }

    #[test]
    fn dates_are_whole_past_and_writable() {
        let date = |time| at(time).last_modified();
        assert_eq!(
            date(UNIX_EPOCH + Duration::from_millis(1999)).as_deref(),
            Some("Thu, 01 Jan 1970 00:00:01 GMT")
        );
        assert_eq!(date(UNIX_EPOCH + NOW * 2), date(UNIX_EPOCH + NOW));
        assert_eq!(date(UNIX_EPOCH - NOW), None);
        assert_eq!(whole_seconds(UNIX_EPOCH + END_OF_DATES), None);
        let last = whole_seconds(UNIX_EPOCH + END_OF_DATES - Duration::from_nanos(1)).unwrap();
        assert_eq!(
            httpdate::fmt_http_date(last),
            "Fri, 31 Dec 9999 23:59:59 GMT"
        );
    }
}
