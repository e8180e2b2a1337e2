//! Queues: how threads and tasks hand work to each other.
//!
//! One [`Queue`] serves both: a thread blocks (`get_blocking`), a task awaits (`get().await`), nobody can tell from the other end which it was. An empty queue costs no CPU: a thread that gets
//! nothing looks for some microseconds (another core may be about to put) and then sleeps in the kernel, a task is off its loop's run queue. [`local::Queue`] is the same for the tasks of one
//! loop, without atomics and without `Send`.
//!
//! | | gives first | Python's |
//! |---|---|---|
//! | [`Queue::fifo`] | what was put first, up to a capacity | `queue.Queue(capacity)`, `asyncio.Queue(capacity)` |
//! | [`Queue::unbounded`] | the same, without a limit | `queue.Queue()`, `queue.SimpleQueue()` |
//! | [`Queue::lifo`] | what was put last | `queue.LifoQueue(capacity)` |
//! | [`Queue::priority`] | the smallest; of equal ones what was put first | `queue.PriorityQueue(capacity)` |
//! | [`Queue::rendezvous`] | keeps nothing: a put waits for a get | (none) |
//!
//! | Python | task | thread |
//! |---|---|---|
//! | `put(item)` | `put(item).await` | `put_blocking(item)` |
//! | `get()` | `get().await` | `get_blocking()` |
//! | `put(item, timeout=1)` | `time::timeout(limit, &mut put).await`, then [`put.cancel()`](Put::cancel) for the item | `put_timeout(item, limit)` |
//! | `get(timeout=1)` | `time::timeout(limit, queue.get()).await` | `get_timeout(limit)` |
//! | `put_nowait(item)`, `get_nowait()` | `try_put(item)`, `try_get()` | the same |
//! | `join()` | `join().await` | `join_blocking()` |
//! | `task_done()`, `qsize()`, `full()` | `task_done()`, `len()`, `is_full()` | the same |
//! | `shutdown()`, `shutdown(immediate=True)` (3.13) | `shutdown(Shutdown::Drain)`, `shutdown(Shutdown::Immediate)` | the same |
//! | `Full`, `Empty`, `ShutDown`, `ValueError` | [`TryPutError::Full`], [`TryGetError::Empty`], `Shutdown`, [`TaskDoneError`] | and `TimedOut` |
//! | (none) | `get_many(&mut items, most).await` | `get_many_blocking(&mut items, most)` |
//!
//! # How it works
//!
//! ```text
//!                      Queue ---- Sender, Receiver
//!                        |
//!          fifo ---------+--------- locked (lifo, priority, rendezvous)     local
//!   chain of rings + State in a mutex      Machine in a mutex               Machine in a cell
//!                                          = State + Shelf
//! ```
//!
//! There is one implementation of waiting, the future; the blocking forms sleep until it is ready. Who waits has a place in a line of the `State`. Whoever puts gives the item
//! into the hands of the get that has waited longest; whoever makes room takes in the item of the put that has waited longest. So waiters are served in order of arrival, and nobody in line is overtaken by who comes later;
//! a caller that finds nobody in line and something to get takes it at once, also where another one is about to join the line. Dropping a waiting future, a time limit and the kill of a daemon thread are the same thing:
//! the place is given up, and what had been served goes to the next in line or back to the front.
//!
//! A fifo queue is lock-free as long as nobody waits: a put or a get is one atomic read-modify-write on a ring of slots. It follows Dmitry Vyukov's bounded MPMC queue, with the closing bit of
//! crossbeam-channel; that the counters of the ring are also what tells sleepers and wakers apart, without fences, is explained in `fifo.rs`. An unbounded queue is a chain of such rings, each twice as large as
//! the one before.
//!
//! # What it costs
//!
//! Nanoseconds an item on two cores of an AMD EPYC (KVM, Linux 6.18, rustc 1.95, fat LTO), threads pinned in turn, medians of nine rounds, beside crossbeam-channel 0.5.17 and kanal 0.1.1 in the same run. The
//! bench's `queue-threads`, `queue-one-thread`, `queue-two-tasks`, `queue-round-trip` and `queue-idle` measure them and more peers.
//!
//! | | here | kanal | crossbeam |
//! |---|---|---|---|
//! | one thread, put and get | 12 | 14 | 17 (unbounded 32) |
//! | one to one, capacity 1,024 / unbounded / 1 | 7 / 7 / 76 | 19 / 19 / 225 | 40 / 22 / 233 |
//! | four to one | 15 / 20 / 586 | 28 / 24 / 689 | 64 / 33 / 4,728 |
//! | four to four | 7 / 10 / 112 | 18 / 16 / 587 | 84 / 24 / 180 |
//! | round trip over two queues, capacity 1,024 / 1 | 150 / 118 | 665 / 836 | 389 / 394 |
//! | two tasks of one loop, capacity 1,024 / 1 | 13 / **59**; `local` 4 / 16 | 15 / 33 | |
//!
//! Between two tasks of one loop that hand each item over, kanal is ahead of the queue that threads share, which keeps who waits in places that each cost a lock to take and to leave; [`local`] has no locks.
//! The host has times at which a line takes 2.5 times as long from core to core; then all of these but the first and the last row double, in the same order.
//!
//! A thread that waits looks for a microsecond, goes in line, and stays awake there for some more before it sleeps, 100 of them at first and then 2 to 10 (`rt/spin.rs`); a get that waits for ten seconds costs some 0.1 ms of CPU in all. To wake a thread whose
//! core sleeps takes 50 µs, whoever does it. Where more puts than cores wait for one slot, each item costs a switch of threads.
//!
//! # What it does not do
//!
//! It does not broadcast, select over several queues (poll their futures together), or outlive the process. The memory of a fifo queue grows with what is in it and is kept for what comes.
//! Lengths and statistics of a shared queue may be out of date when they are returned. A task that always finds an item does not give its loop back; if the other end is
//! on another thread, and fast, await [`yield_now`](crate::yield_now) now and then.

mod after;
mod blocking;
#[cfg(all(test, loom))]
mod blocking_models;
mod chain;
mod core;
mod errors;
mod fifo;
mod futures;
mod handle;
mod heap;
mod iter;
pub mod local;
mod locked;
mod machine;
#[cfg(all(test, loom))]
mod models;
mod ring;
mod shared;
mod shelf;
mod state;
mod stats;
mod surface;
mod waiters;

pub use errors::{
    GetError, GetTimeoutError, JoinTimeoutError, PutError, PutTimeoutError, TaskDoneError,
    TryGetError, TryPutError,
};
pub use futures::{Get, GetMany, Join, Put};
pub use handle::{Items, Queue, Receiver, Sender};
pub use iter::{IntoIter, Iter};
pub use state::Shutdown;
pub use stats::Stats;
