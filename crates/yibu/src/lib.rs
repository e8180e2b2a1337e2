//! yibu (异步, "asynchronous"): from a thread to a service, one rung at a time.
//!
//! I/O is slow beside a CPU, a thread that waits for it is blocked, and threads cannot be opened without limit; so issue
//! the I/O, do not wait, run other code, and be told when it is done. Whoever knows Python's `asyncio` finds its words here.
//!
//! ```
//! use yibu::net::{TcpListener, TcpStream};
//!
//! #[yibu::main]
//! async fn main() -> std::io::Result<()> {
//!     let mut listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let echo = yibu::spawn(async move {
//!         let (stream, _from) = listener.accept().await?;
//!         let (mut read, mut write) = stream.split();
//!         yibu::net::copy(&mut read, &mut write).await
//!     });
//!
//!     let mut stream = TcpStream::connect(address).await?;
//!     stream.write(b"hello\n").await?;
//!     assert_eq!(stream.lines(100).next().await?.as_deref(), Some("hello"));
//!     drop(stream);
//!     assert_eq!(echo.await.unwrap()?, 6);
//!     Ok(())
//! }
//! ```
//!
//! | module | what it is | Python's word for it |
//! |---|---|---|
//! | [`thread`] | threads, daemon threads, their states and time slices made visible | `threading` |
//! | [`queue`] | queues for threads and tasks at once: an empty `get` blocks | `queue`, `asyncio.Queue` |
//! | [`shared`] | shared data whose every operation is atomic: `List`, `Dict` | `list`, `dict` under the GIL |
//! | [`generator`](mod@generator) | functions that stop at a `yield` and go on from there, and coroutines made of them | generators |
//! | [`task`] | many things at once on one thread, no locks | coroutines |
//! | [`event_loop`] | a loop over io_uring, or epoll | `asyncio` |
//! | [`time`], [`net`], [`fs`] | what a program waits for | `asyncio` |
//!
//! A task stays on the loop that it was spawned on, so a future need not be `Send`, `Rc` and `RefCell` are fine, and code between two awaits is
//! atomic for every other task of the loop. Dropping any future, at any await, loses no data and leaves nothing behind; what that means for
//! each is said at each, under "Cancellation".

pub mod event_loop;
pub mod fs;
pub mod generator;
pub mod net;
pub mod queue;
mod rt;
pub mod shared;
mod sync_shim;
pub mod task;
pub mod thread;
pub mod time;

pub use event_loop::run;
pub use generator::generator;
pub use rt::pool::{ToThread, set_thread_limit, to_thread};
pub use task::{JoinError, JoinHandle, spawn, yield_now};
pub use yibu_macros::{main, test};
