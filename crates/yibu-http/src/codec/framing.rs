//! The fields that say where a message ends and what becomes of its connection: read strictly.
#![forbid(unsafe_code)]

use super::{Refusal, malformed, refusal, target};

/// The fields that frame a message or steer its connection.
#[derive(Default)]
pub(super) struct Known {
    pub(super) host: bool,
    pub(super) length: Option<u64>,
    pub(super) coding: Coding,
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) expects_continue: bool,
}

#[derive(Default, Clone, Copy, PartialEq)]
pub(super) enum Coding {
    #[default]
    None,
    Chunked,
    Unfinished,
}

impl Known {
    #[inline]
    pub(super) fn take(&mut self, field: &httparse::Header<'_>) -> Result<(), Refusal> {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        match field.name.len() {
            4 if field.name == "Host" || is("host") => self.take_host(field.value),
            6 if is("expect") => self.take_expect(field.value),
            10 if is("connection") => {
                self.take_connection(field.value);
                Ok(())
            }
            14 if is("content-length") => self.take_length(field.value),
            17 if is("transfer-encoding") => self.take_coding(field.value),
            _ => Ok(()),
        }
    }

    /// RFC 9112, 3.2: more than one, or one that is no host, is refused.
    fn take_host(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.host || !target::is_host(value) {
            return Err(malformed!("Host is repeated or malformed"));
        }
        self.host = true;
        Ok(())
    }

    /// RFC 9110, 10.1.1: the only expectation that is defined.
    fn take_expect(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(refusal!(EXPECTATION_FAILED, "an unknown expectation"));
        }
        self.expects_continue = true;
        Ok(())
    }

    fn take_connection(&mut self, value: &[u8]) {
        for option in elements(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    /// RFC 9112, 6.3 would let a list of equal lengths pass; one number is the only form here.
    fn take_length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        if self.length.is_some() || !is_number || value.len() > 19 {
            return Err(malformed!(
                "Content-Length is repeated or no number that can be one"
            ));
        }
        // At most 19 digits: less than 10^19, which a u64 holds.
        self.length = Some(
            value
                .iter()
                .fold(0, |number, digit| number * 10 + u64::from(digit - b'0')),
        );
        Ok(())
    }

    fn take_coding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        for coding in elements(value) {
            // RFC 9112, 6.1: a coding that is not understood is a 501, and chunked is never applied twice.
            match self.coding {
                Coding::Chunked => return Err(malformed!("a transfer coding after chunked")),
                Coding::Unfinished if coding.eq_ignore_ascii_case(b"chunked") => {
                    return Err(refusal!(
                        NOT_IMPLEMENTED,
                        "a transfer coding before chunked"
                    ));
                }
                _ if coding.eq_ignore_ascii_case(b"chunked") => self.coding = Coding::Chunked,
                _ => self.coding = Coding::Unfinished,
            }
        }
        if self.coding == Coding::None {
            self.coding = Coding::Unfinished; // an empty list
        }
        Ok(())
    }
}

/// The elements of a comma-separated list, without the white space around them (RFC 9110, 5.6.1).
fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == b',')
        .map(|element| element.trim_ascii())
        .filter(|element| !element.is_empty())
}
