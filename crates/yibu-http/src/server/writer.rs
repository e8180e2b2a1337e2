//! The sending side of a connection that has something to do.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::task::Context;

use bytes::Bytes;
use yibu::fs::File;
use yibu::net::WriteHalf;

use super::link::Link;
use crate::error::Error;

/// Collects what short answers consist of, so that those to pipelined requests go to the stream together.
pub(super) struct Writer {
    half: WriteHalf,
    /// Not yet the stream's. Whoever is about to wait for something else than the stream sends it first.
    pub(super) out: Vec<u8>,
}

/// From here on, what was collected is sent before more is.
const FULL: usize = 16 << 10;

impl Writer {
    pub(super) fn new(half: WriteHalf, out: Vec<u8>) -> Self {
        Writer { half, out }
    }

    pub(super) fn into_parts(self) -> (WriteHalf, Vec<u8>) {
        (self.half, self.out)
    }

    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= FULL
    }

    /// Hands over what was collected, once there is room.
    pub(super) async fn send(&mut self, link: &Link) -> Result<(), Error> {
        // All of it at once, most times; and then without the price of being able to wait.
        self.try_send()?;
        if self.out.is_empty() {
            return Ok(());
        }
        Box::pin(link.within_stall(self.half.write(&self.out))).await?;
        self.out.clear();
        Ok(())
    }

    /// Hands over what was collected, and bytes behind it that are not copied.
    pub(super) async fn send_all(&mut self, link: &Link, bytes: Bytes) -> Result<(), Error> {
        self.send(link).await?;
        link.within_stall(self.half.write_all(bytes)).await
    }

    /// Hands over what was collected, and has a range of a file sent behind it. The inner error is the file's.
    pub(super) async fn send_file(
        &mut self,
        link: &Link,
        file: &File,
        range: &mut Range<u64>,
    ) -> Result<io::Result<()>, Error> {
        self.send(link).await?;
        let sending = async { Ok(self.half.send_file(file, range).await) };
        let sent = link.within_stall(sending).await?;
        if sent.is_err() {
            // What ails the stream is told by every use of it.
            self.half.try_append(&mut Vec::new()).or_else(not_room)?;
        }
        Ok(sent)
    }

    /// Waits until there is room for more.
    pub(super) async fn room(&mut self, link: &Link) -> Result<(), Error> {
        link.within_stall(poll_fn(|cx| self.half.poll_room(cx)))
            .await?;
        Ok(())
    }

    /// Hands over what there is room for while something else is waited for, and has the task woken for the rest.
    pub(super) fn send_meanwhile(&mut self, cx: &mut Context<'_>) {
        // An error will be there again when the rest is sent.
        while self.try_send().is_ok() && !self.out.is_empty() {
            if !matches!(self.half.poll_room(cx), std::task::Poll::Ready(Ok(_))) {
                return;
            }
        }
    }

    fn try_send(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.half.try_append(&mut self.out).or_else(not_room)
    }

    /// Sends everything and ends our side.
    pub(super) async fn finish(&mut self, link: &Link) -> Result<(), Error> {
        self.send(link).await?;
        link.within_stall(self.half.shutdown()).await
    }
}

/// That there is no room is no error.
fn not_room(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::WouldBlock {
        return Ok(());
    }
    Err(error)
}
