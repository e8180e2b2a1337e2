//! Data that threads and tasks share, whose every operation is atomic: [`List`] and [`Dict`], Python's `list` and `dict` under the GIL.
//!
//! Threads that must talk have two strategies. They hand things over, through a queue: each thing has one owner at a time, and nothing can be
//! changed under anybody. Or they share data, and then each may find it changed at any moment. Prefer the queue for work, events and results that are taken once; share what many look up and
//! few change (settings, caches, registries, who is logged in) and what all add to (counters, tables). No event loop is needed, and no operation here awaits: tasks use
//! the same handles, and an operation takes as long as the table says.
//!
//! # The trap
//!
//! That every operation is atomic does not make two of them atomic. Here two threads count, and one of them loses:
//!
//! ```text
//!   thread 1                      thread 2                      hits["/"]
//!   let n = hits.get("/")   -> 7                                    7
//!                                 let n = hits.get("/")   -> 7      7
//!   hits.insert("/", 7 + 1)                                         8
//!                                 hits.insert("/", 7 + 1)           8, and should be 9
//! ```
//!
//! The cure is to read, compute and write in one operation, which is what the closures are for:
//!
//! ```
//! let hits = yibu::shared::Dict::from([("/", 7)]);
//! std::thread::scope(|scope| {
//!     for _ in 0..2 {
//!         scope.spawn(|| hits.update_with("/", |old| old.copied().unwrap_or(0) + 1));
//!     }
//! });
//! assert_eq!(hits.get("/"), Some(9));
//! ```
//!
//! The same holds in Python. Under the GIL these are atomic, if keys and elements are of built-in types (Python's FAQ, "What kinds of global value mutation are
//! thread-safe?"), and these are not, though they look as if they were:
//!
//! | atomic in Python | here | not atomic in Python | here |
//! |---|---|---|---|
//! | `l.append(x)`, `l.extend(m)` | `append`, `extend` | `l[i] += 1` | [`List::update_with`] |
//! | `x = l[i]`, `l[i] = x` | `get`, `set` | `l.append(l[-1])` | [`List::with_mut`] |
//! | `x = l.pop()`, `l.insert(i, x)` | `pop`, `pop_at`, `insert` | `if x in l: l.remove(x)` | `remove`, which says whether |
//! | `l[i:j] = m`, `l.sort()` | `splice`, `sort` | `if l: x = l.pop()` | `pop`, which gives an `Option` |
//! | `x = d[k]`, `d[k] = x` | `get`, `insert` | `d[k] = d.get(k, 0) + 1` | [`Dict::update_with`] |
//! | `d.update(e)`, `d.keys()` | `update`, `keys` | `if k not in d: d[k] = f()` | [`Dict::get_or_insert_with`] |
//! | | | `for k in d: …` while others change it | [`Dict::snapshot`] |
//!
//! # How it works
//!
//! A handle leads to the data and a lock. The data is persistent: whoever takes a **snapshot** takes a pointer, and from then on a change copies the
//! parts that it touches. So a snapshot is O(1), never changes, and stops nobody. A list is an RRB tree (the crate `imbl`); a dict is a persistent vector of plain hash tables, split one by one as it
//! grows.
//!
//! The lock is held for as long as it takes to copy a pointer or to change one place. Whatever of *your* code an operation runs, runs outside it:
//!
//! | | runs | may | if it panics |
//! |---|---|---|---|
//! | closures, `Ord`, `Clone` | in the writer's turn, without the lock: others read, and see what was there before; other writers wait | read the same data; read and change other data | nothing has changed, nothing is poisoned |
//! | `Hash`, iterators, `Drop` of what was removed or replaced | before and after the turn | everything | nothing has changed; `Drop`: the change is done |
//! | `Eq` of keys | under the lock, when an entry is changed; where neither keys nor values have destructors, also when one is looked up, and there `Clone` of the value, too | use no shared data at all | nothing has changed |
//!
//! What is not allowed is a panic that says so, never a deadlock: writing from a closure to the data that it changes, and closures in two threads that write to each other's data,
//! of which one panics. Where cloning an element makes a new one with a destructor (it does not for `Arc`), clones that a change made and gave up are dropped in its turn, and may not write.
//! A closure runs once. It should be short, like any critical section; a task that runs a long one holds up its loop.
//!
//! # What it costs
//!
//! For n elements, of which *shared* are those that a living snapshot has in common with the data:
//!
//! | | alone | with a snapshot alive |
//! |---|---|---|
//! | `snapshot`, `len`, cloning a handle or a snapshot | O(1) | O(1) |
//! | `Dict`: `get`, `insert`, `remove`, `update_with` | O(1) | the first time for each part: copies about 100 entries and O(log n) pointers |
//! | `List`: `get` | O(log n) | O(log n) |
//! | `List`: `append`, `pop`, `set`, `update_with` | O(log n) | copies some 64 elements and O(log n) pointers each time |
//! | `List`: `insert`, `pop_at`, `slice`, `splice` | O(log n) beside what comes in; copies some 64 elements at each cut | the same |
//! | `with_mut`, `update`, `extend` | what is done in it, and copies what it touches | the same |
//! | `sort`, `reverse`, `retain`, `remove`, `contains`, `index` | O(n), `sort` O(n log n) | the same |
//! | `keys`, `values`, `items`, `to_vec` | O(n) clones | the same |
//!
//! # What it does not do
//!
//! A `Dict` has no order of insertion. Nothing here waits for a change (a queue does), and no transaction spans two collections: put what belongs together into one. Positions do not count from the end. A writer that waits is not served in
//! order of arrival. Writers of one dict take turns, also on different keys: a program whose threads do little else than write to one dict is better served by a table of locked shards
//! (such as dashmap), if it needs no snapshots.
#![forbid(unsafe_code)]

mod dict;
mod dict_snapshot;
mod hashed;
mod list;
mod list_snapshot;
#[cfg(all(test, loom))]
mod models;
mod monitor;
mod table;
mod waits;

pub use dict::Dict;
pub use dict_snapshot::DictSnapshot;
pub use list::List;
pub use list_snapshot::ListSnapshot;
