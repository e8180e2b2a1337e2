//! HTTP by hand, for the runtimes that have no server of their own: httparse reads the requests, and the answers are ready.
#![forbid(unsafe_code)]

use super::answers::{Answers, MOST};
use crate::Result;
use std::cell::RefCell;

/// How much such a server reads at once.
pub(crate) const READ: usize = 8 * 1024;

thread_local! {
    static ANSWERS: RefCell<Answers> = RefCell::new(Answers::new());
}

/// One connection's requests.
#[derive(Default)]
pub(crate) struct ByHand {
    /// The start of a request whose rest has not come yet.
    partial: Vec<u8>,
}

impl ByHand {
    /// Appends to `out` the answers to all requests that end in `received`, for one write.
    ///
    /// # Errors
    ///
    /// If it is not HTTP, or not GET: the connection is to be closed.
    pub(crate) fn answer(&mut self, received: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut count = 0;
        if self.partial.is_empty() {
            let used = parse(received, &mut count)?;
            self.partial.extend_from_slice(&received[used..]);
        } else {
            self.partial.extend_from_slice(received);
            let used = parse(&self.partial, &mut count)?;
            self.partial.drain(..used);
        }
        ANSWERS.with_borrow_mut(|answers| {
            answers.set_date();
            while count > 0 {
                let now = count.min(MOST);
                out.extend_from_slice(answers.bytes(now));
                count -= now;
            }
        });
        Ok(())
    }
}

/// Counts the whole requests at the start of `bytes`, and gives how many bytes they have.
fn parse(bytes: &[u8], count: &mut usize) -> Result<usize> {
    let mut used = 0;
    while used < bytes.len() {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(length) = request.parse(&bytes[used..])? else {
            break;
        };
        if request.method != Some("GET") {
            return Err("not GET".into());
        }
        used += length;
        *count += 1;
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_gives_the_same_answers() {
        let requests = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3);
        let mut whole = Vec::new();
        ByHand::default()
            .answer(&requests, &mut whole)
            .expect("good requests");
        assert_eq!(whole.windows(4).filter(|end| end == b"\r\n\r\n").count(), 3);
        for cut in 0..=requests.len() {
            let (mut hand, mut out) = (ByHand::default(), Vec::new());
            for part in [&requests[..cut], &requests[cut..]] {
                hand.answer(part, &mut out).expect("good requests");
            }
            assert_eq!(out.len(), whole.len(), "cut at {cut}");
        }
    }

    #[test]
    fn what_is_not_get_is_refused() {
        let mut out = Vec::new();
        let refused = ByHand::default().answer(b"PUT / HTTP/1.1\r\n\r\n", &mut out);
        assert!(refused.is_err() && out.is_empty());
    }
}
