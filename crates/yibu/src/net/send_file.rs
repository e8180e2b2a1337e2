//! From a file to a stream.

#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
use std::future::poll_fn;
use std::io;
use std::ops::Range;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::task::{Context, Poll};

use super::write::WriteHalf;
#[cfg(target_os = "linux")]
use crate::event_loop::operate::yield_after;
#[cfg(target_os = "linux")]
use crate::event_loop::waiting::Registration;
use crate::fs::File;

/// Ranges of these lengths are left to the kernel. Copying a shorter one costs less than the calls that spare the copy. Of a longer one the socket is full
/// again and again, and over loopback the pages' way then costs as much as the copy or more, depending on how the connection is paced. One call takes
/// some 100 us at most.
#[cfg(target_os = "linux")]
const BY_KERNEL: std::ops::RangeInclusive<u64> = 16 << 10..=1 << 20;
/// What is read at a time of the others.
const READ: u64 = 128 << 10;

impl WriteHalf {
    /// Sends bytes of a file behind what was written, and moves the range's start past them, until the range is empty.
    ///
    /// On Linux the kernel sends a range of 16 KiB to 1 MiB by itself if it has it in memory (`sendfile`), which costs less than [`File::read_at`] and
    /// [`write_all`](Self::write_all); what is on the disk, other lengths, and everything on other systems is read and written. Either way no more than
    /// some hundred KiB of the file are in the program's memory. If the file is changed in place or shortened meanwhile, the other side may get a mixture of both
    /// states, even of bytes that were counted as sent: replace files by renaming.
    ///
    /// When this is ready, the last bytes may be on the stream's queue, as after a write.
    ///
    /// ```
    /// # use yibu::{fs::File, net::{TcpListener, TcpStream}};
    /// # let path = std::env::temp_dir().join(format!("yibu-send-file-{}", std::process::id()));
    /// # std::fs::write(&path, "0123456789").unwrap();
    /// # yibu::run(async {
    /// # let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let mut client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (mut stream, _) = listener.accept().await?;
    /// let file = File::open(&path).await?;
    /// stream.write(b"head: ").await?;
    /// stream.send_file(&file, &mut (2..6)).await?;
    /// drop(stream);
    /// assert_eq!(client.read_until(b"5", 100).await?, b"head: 2345");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// # std::fs::remove_file(&path).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write); those of reading the file; `UnexpectedEof` if it ends before the range. What is before the range's start was sent, or is on the stream's queue.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing: the range begins behind what was sent or is on the queue, so the same call goes on where this one was.
    pub async fn send_file(&mut self, file: &File, range: &mut Range<u64>) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        let by_kernel = BY_KERNEL.contains(&range.end.saturating_sub(range.start));
        while !range.is_empty() {
            let left = range.end - range.start;
            #[cfg(target_os = "linux")]
            if by_kernel {
                let (start, len) = (range.start, left as usize);
                let sent = poll_fn(|cx| self.poll_send_file(cx, file, start, len)).await?;
                if let Some(count) = sent {
                    range.start += count as u64;
                    yield_after(count).await;
                    continue;
                }
            }
            // First room, then the bytes for it: who does not read holds nothing in memory.
            self.room().await?;
            let piece = file.read_at(range.start, left.min(READ) as usize).await?;
            if piece.is_empty() {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the file has shrunk",
                ));
            }
            range.start += piece.len() as u64;
            self.push(piece.into());
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &File,
        offset: u64,
        len: usize,
    ) -> Poll<io::Result<Option<usize>>> {
        let mut registration = Registration::new(cx.waker());
        self.0
            .with_io(|io, key| io.poll_send_file(key, file.as_fd(), offset, len, &mut registration))
    }
}
