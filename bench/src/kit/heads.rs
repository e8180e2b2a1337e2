//! Where requests end, for the contestants that have no parser: a count of empty lines, over any cuts.

#![forbid(unsafe_code)]

const END: &[u8; 4] = b"\r\n\r\n";

/// Counts the heads that end in a stream of bytes. Requests with bodies are none of its business.
#[derive(Default)]
pub(crate) struct Heads {
    /// The last bytes seen, if they may begin an end.
    tail: [u8; 3],
    kept: u8,
}

impl Heads {
    /// How many heads end in `bytes`, which follow those of the call before.
    pub(crate) fn ending_in(&mut self, bytes: &[u8]) -> usize {
        let (mut count, mut start) = (0, 0);
        if self.kept > 0 {
            // An end that lies across the cut: within what was kept and the next three bytes.
            let kept = usize::from(self.kept);
            let next = bytes.len().min(3);
            let mut joint = [0; 6];
            joint[..kept].copy_from_slice(&self.tail[..kept]);
            joint[kept..kept + next].copy_from_slice(&bytes[..next]);
            match end_of(&joint[..kept + next]) {
                Some(end) => (count, start) = (1, end - kept),
                None if bytes.len() < 3 => {
                    self.keep(&joint[..kept + next]);
                    return 0;
                }
                None => {}
            }
        }
        while let Some(end) = end_of(&bytes[start..]) {
            count += 1;
            start += end;
        }
        self.keep(&bytes[start..]);
        count
    }

    fn keep(&mut self, rest: &[u8]) {
        let last = &rest[rest.len().saturating_sub(3)..];
        self.tail[..last.len()].copy_from_slice(last);
        self.kept = last.len() as u8;
    }
}

/// Where the first end in `bytes` ends. Horspool's search: it looks at every fourth byte unless that may belong to an end.
fn end_of(bytes: &[u8]) -> Option<usize> {
    let mut last = 3;
    while let Some(&byte) = bytes.get(last) {
        last += match byte {
            b'\n' if &bytes[last - 3..=last] == END => return Some(last + 1),
            b'\n' => 2,
            b'\r' => 1,
            _ => 4,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUESTS: &[u8] =
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nX: \n\n\r\r\r\nY:\r\n\r\n\r\n\r\nGET";

    #[test]
    fn any_two_cuts_give_the_same_count() {
        assert_eq!(Heads::default().ending_in(REQUESTS), 3);
        for first in 0..=REQUESTS.len() {
            for second in first..=REQUESTS.len() {
                let mut heads = Heads::default();
                let parts = [
                    &REQUESTS[..first],
                    &REQUESTS[first..second],
                    &REQUESTS[second..],
                ];
                let count: usize = parts.iter().map(|part| heads.ending_in(part)).sum();
                assert_eq!(count, 3, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn single_bytes_give_the_same_count() {
        let mut heads = Heads::default();
        assert_eq!(
            REQUESTS
                .iter()
                .map(|&byte| heads.ending_in(&[byte]))
                .sum::<usize>(),
            3
        );
    }
}
