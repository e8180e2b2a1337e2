//! Bodies of every kind, on their way to a client.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;
use std::ops::Range;

use bytes::Bytes;

use super::guard::poll_caught;
use super::link::Link;
use super::report::Report;
use super::work::Work;
use super::writer::Writer;
use crate::body::{ErasedSource, Kind, Part};
use crate::codec::encode::{Delimiter, chunk_size, last_chunk};
use crate::error::Error;

/// A body up to this long is copied behind its head; a longer one is handed to the stream as it is.
pub(super) const COPIED_BYTES: usize = 16 << 10;
/// How much of a body is handed to the stream at a time.
const PIECE: usize = 128 << 10;
/// What a client must take of a file in the time for which it may leave no room.
const STEP: u64 = 256 << 10;

/// Sends what `writer` holds, and a body behind it.
pub(super) struct Sender<'a> {
    pub(super) work: &'a Work,
    pub(super) link: &'a Link,
    pub(super) writer: &'a mut Writer,
    pub(super) sent: u64,
    pub(super) delimiter: Delimiter,
}

impl Sender<'_> {
    pub(super) async fn send(&mut self, body: Kind) -> Result<(), Error> {
        match body {
            Kind::Empty => self.send_out().await,
            Kind::Static(bytes) => self.send_bytes(Bytes::from_static(bytes)).await,
            Kind::Bytes(bytes) => self.send_bytes(bytes).await,
            Kind::Parts(parts) => self.send_parts(parts).await,
            Kind::Stream(mut source) => self.send_stream(&mut *source).await,
        }
    }

    async fn send_out(&mut self) -> Result<(), Error> {
        self.writer.send(self.link).await
    }

    async fn send_bytes(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        if bytes.len() <= COPIED_BYTES {
            self.writer.out.extend_from_slice(&bytes);
            self.send_out().await?;
            self.sent += bytes.len() as u64;
            return Ok(());
        }
        // In pieces, so that each that is taken shows that the client still reads.
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            let length = piece.len() as u64;
            self.writer.send_all(self.link, piece).await?;
            self.sent += length;
        }
        Ok(())
    }

    async fn send_parts(&mut self, parts: Vec<Part>) -> Result<(), Error> {
        for part in parts {
            match part {
                Part::Bytes(bytes) => self.send_bytes(bytes).await?,
                Part::File { file, range } => self.send_file(&file, range).await?,
            }
        }
        self.send_out().await
    }

    async fn send_file(&mut self, file: &yibu::fs::File, range: Range<u64>) -> Result<(), Error> {
        let length = range.end.saturating_sub(range.start);
        if length <= COPIED_BYTES as u64 {
            return self.copy_file(file, range).await;
        }
        let mut rest = range;
        while !rest.is_empty() {
            let before = rest.start;
            let sent = self.writer.send_file(self.link, file, &mut rest).await;
            let taken = rest.start - before;
            self.sent += taken;
            match sent {
                // The client still reads, and has only begun to use the time that it has for more.
                Err(error) if error.is_timeout() && taken >= STEP => {}
                sent => sent?.map_err(|error| self.cut_off(error))?,
            }
        }
        Ok(())
    }

    /// Puts few bytes of a file behind the head, so that both are sent at once.
    async fn copy_file(
        &mut self,
        file: &yibu::fs::File,
        mut range: Range<u64>,
    ) -> Result<(), Error> {
        while !range.is_empty() {
            // First room, then the bytes for it: a client that does not read holds no piece in memory.
            self.writer.room(self.link).await?;
            let length = (range.end - range.start) as usize;
            let piece = match file.read_at(range.start, length).await {
                Ok(piece) if piece.is_empty() => Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the file has shrunk",
                )),
                piece => piece,
            };
            let piece = piece.map_err(|error| self.cut_off(error))?;
            range.start += piece.len() as u64;
            self.send_bytes(piece.into()).await?;
        }
        Ok(())
    }

    async fn send_stream(&mut self, source: &mut dyn ErasedSource) -> Result<(), Error> {
        // The head goes first, since the first piece may be long in coming.
        self.send_out().await?;
        loop {
            let mut next = source.next();
            let next = poll_fn(|cx| poll_caught(next.as_mut(), cx)).await;
            let next = next.unwrap_or_else(|message| {
                Err(io::Error::other(format!("the source panicked: {message}")))
            });
            match next.map_err(|error| self.cut_off(error))? {
                None => break,
                Some(piece) if piece.is_empty() => (),
                Some(piece) if self.delimiter == Delimiter::Chunked => {
                    chunk_size(piece.len(), &mut self.writer.out);
                    self.send_bytes(piece).await?;
                    self.writer.out.extend_from_slice(b"\r\n");
                    self.send_out().await?;
                }
                Some(piece) => self.send_bytes(piece).await?,
            }
        }
        if self.delimiter == Delimiter::Chunked {
            last_chunk(&source.trailers(), &mut self.writer.out);
            self.send_out().await?;
        }
        Ok(())
    }

    fn cut_off(&self, error: io::Error) -> Error {
        let target = self.work.head().target(self.work.head_bytes());
        self.link.shared().report(&Report::CutOff {
            peer: self.link.peer(),
            target,
            error: &error,
        });
        error.into()
    }
}
