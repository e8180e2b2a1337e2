//! TCP: listeners and streams. The words are those of asyncio's streams.
//!
//! ```text
//!             kernel                      the loop                     the caller
//!   bytes ---> socket ---> receive buffer (only while it has bytes) ---> read, read_exact, read_until, lines, buffered
//!   bytes <--- socket <--- send queue (sent once a turn)           <--- write, write_all, try_write
//!                    <--- the file, by the kernel, behind it       <--- send_file
//! ```
//!
//! Both have a high and a low mark. Above the high mark of its buffer a stream stops receiving, so the other side is held back by TCP; above
//! the high mark of its queue, writing waits. Bytes move between caller and buffer in the poll that returns `Ready`, so that dropping a future
//! loses nothing.

mod address;
mod copy;
mod handle;
mod listener;
mod read;
mod send_file;
mod stream;
mod write;

pub use address::{Address, ToAddress};
pub use copy::copy;
pub use listener::{TcpListener, bind_group};
pub use read::{Buffered, Lines, ReadHalf};
pub use stream::TcpStream;
pub use write::WriteHalf;
