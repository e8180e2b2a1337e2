//! From one stream to another.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;

use super::read::ReadHalf;
use super::write::WriteHalf;

/// Copies from one stream to another until the first ends; returns the number of bytes. The second is neither flushed nor shut.
///
/// A proxy runs one for each direction.
///
/// ```
/// # use yibu::net::{TcpListener, TcpStream, copy};
/// # yibu::run(async {
/// # let mut listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// let (stream, _) = listener.accept().await?;
/// client.write(b"echo").await?;
/// client.shutdown().await?;
/// let (mut read, mut write) = stream.split();
/// assert_eq!(copy(&mut read, &mut write).await?, 4);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// # Errors
///
/// Either stream's; what was read by then was written.
///
/// # Cancellation
///
/// Dropping the future loses nothing: bytes leave one stream and enter the other in the same poll.
pub async fn copy(
    from: &mut impl AsMut<ReadHalf>,
    to: &mut impl AsMut<WriteHalf>,
) -> io::Result<u64> {
    let (from, to) = (from.as_mut(), to.as_mut());
    let mut copied = 0;
    loop {
        let available = poll_fn(|cx| from.poll_fill(cx, 0)).await?;
        if available == 0 {
            return Ok(copied);
        }
        let room = poll_fn(|cx| to.poll_room(cx)).await?;
        let mut bytes = from.buffered();
        let count = to.try_write(&bytes[..bytes.len().min(room)])?;
        bytes.consume(count);
        copied += count as u64;
    }
}
