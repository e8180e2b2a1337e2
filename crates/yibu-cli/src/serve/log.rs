//! The common log format, on standard output.
//!
//! ```text
//! 127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET /index.html HTTP/1.1" 200 5120
//! ```
//!
//! Lines are collected and written a tenth of a second later by a thread of the pool, so that a terminal or a pipe
//! that nobody reads never holds up a loop; while one write is under way the next lines wait in memory, and beyond
//! four megabytes they are counted and dropped. The number of bytes is what was sent of the body. A request that was
//! refused before it was understood has `-` for its line.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::fmt::{self, Display, Write as _};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use yibu::JoinHandle;
use yibu::time::{sleep, timeout};
use yibu_http::Access;
use yibu_http::http::Version;

use crate::say;

/// How long lines are collected.
const DELAY: Duration = Duration::from_millis(100);

/// How many bytes may wait for a slow reader.
const MOST_WAITING: usize = 4 << 20;

/// How long the last lines may take to be read, once the loop ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The lines of one loop.
#[derive(Debug, Default)]
pub(super) struct Log {
    waiting: RefCell<String>,
    dropped: Cell<u64>,
    /// The task that writes, if there is one.
    writer: RefCell<Option<JoinHandle<()>>>,
}

impl Log {
    /// Adds a line for a request that was answered.
    pub(super) fn record(self: &Rc<Self>, access: &Access<'_>) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() > MOST_WAITING {
            self.dropped.set(self.dropped.get() + 1);
            return;
        }
        let line = Line {
            client: access.peer.ip(),
            time: SystemTime::now(),
            method: access.method,
            target: access.target,
            version: access.version,
            status: access.status.as_u16(),
            bytes: access.bytes,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(waiting, "{line}");
        let mut writer = self.writer.borrow_mut();
        if writer.as_ref().is_none_or(JoinHandle::is_finished) {
            let log = Rc::clone(self);
            *writer = Some(yibu::spawn(async move {
                sleep(DELAY).await;
                log.write().await;
            }));
        }
    }

    /// Writes what waits, unless nobody reads it. Called at the loop's end, when no request comes any more.
    pub(super) async fn finish(&self) {
        let writer = self.writer.take();
        if let Some(writer) = writer {
            let _ = timeout(LAST_WORDS, writer).await; // it ends once nothing waits
        }
    }

    async fn write(&self) {
        loop {
            let lines = self.waiting.take();
            let dropped = self.dropped.take();
            if lines.is_empty() && dropped == 0 {
                return;
            }
            // Whoever closed standard output does not want to read the log.
            let _ = yibu::to_thread(move || write(&lines, dropped)).await;
        }
    }
}

fn write(lines: &str, dropped: u64) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(lines.as_bytes())?;
    out.flush()?;
    if dropped > 0 {
        say(format_args!(
            "{dropped} lines of the log are lost: nobody reads them fast enough"
        ));
    }
    Ok(())
}

struct Line<'a> {
    client: IpAddr,
    time: SystemTime,
    method: &'a str,
    target: &'a str,
    version: Version,
    status: u16,
    bytes: u64,
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = httpdate::fmt_http_date(self.time); // "Sun, 06 Nov 1994 08:49:37 GMT"
        let (day, month, year, clock) = (&date[5..7], &date[8..11], &date[12..16], &date[17..25]);
        write!(
            f,
            "{} - - [{day}/{month}/{year}:{clock} +0000] ",
            self.client
        )?;
        if self.method.is_empty() {
            f.write_str("\"-\"")?;
        } else {
            write!(
                f,
                "\"{} {} {:?}\"",
                self.method,
                Escaped(self.target),
                self.version
            )?;
        }
        write!(f, " {} {}", self.status, self.bytes)
    }
}

/// A target that can forge neither a line nor a field: as nginx writes it.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'"' | b'\\' | 0..=0x1F | 0x7F.. => write!(f, "\\x{byte:02X}")?,
                _ => f.write_char(byte.into())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn line(method: &str, target: &str) -> String {
        let time = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let (client, version) = (IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), Version::HTTP_11);
        Line {
            client,
            time,
            method,
            target,
            version,
            status: 200,
            bytes: 5120,
        }
        .to_string()
    }

    #[test]
    fn a_line_is_in_the_common_format() {
        let expected = r#"::1 - - [06/Nov/1994:08:49:37 +0000] "GET /a?b=c%20 HTTP/1.1" 200 5120"#;
        assert_eq!(line("GET", "/a?b=c%20"), expected);
        assert_eq!(
            line("", ""),
            r#"::1 - - [06/Nov/1994:08:49:37 +0000] "-" 200 5120"#
        );
    }

    #[test]
    fn a_target_cannot_forge_a_line() {
        let forged = line("GET", "/\" 200 1\n\u{1b}[2J\\异");
        assert!(
            forged.contains(r#""GET /\x22 200 1\x0A\x1B[2J\x5C\xE5\xBC\x82 HTTP/1.1" 200 5120"#),
            "{forged}"
        );
    }
}
