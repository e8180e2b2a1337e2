//! Data that threads and tasks share, whose every operation is atomic: [`List`] and [`Dict`], Python's `list` and `dict` under the GIL.
//!
//! Threads that must talk have two strategies. They hand things over, through a queue: each thing has one owner at a time, and nothing can be
//! changed under anybody. Or they share data, and then each may find it changed at any moment. Prefer the queue for work, events and results that are taken once; share what many look up and
//! few change (settings, caches, registries, who is logged in) and what all add to (counters, tables). No event loop is needed, and no operation here awaits: tasks use
//! the same handles, and an operation takes as long as the table below says.
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
//! A handle leads to a lock and the data behind it. Whatever an operation runs, your closures and the `Eq`, `Hash`, `Ord` and `Clone` of what you keep there, runs under that one lock, as under
//! Python's; only what was removed or replaced is dropped after unlocking, so destructors may do what they like.
//!
//! The data is made to be shared: whoever takes a **snapshot** takes little more than a pointer, and from then on a change copies the parts that it touches. So a snapshot never
//! changes and stops nobody. A list is an RRB tree (the crate `imbl`); a dict is a plain hash table while it is small, and then many, split one by one as it grows. While snapshots of a small one are kept, it
//! copies into memory that it keeps for that: up to twice its table, and of plain data only.
//!
//! # What may go wrong
//!
//! | your code | what happens |
//! |---|---|
//! | uses the same collection from a closure, or from `Eq`, `Hash`, `Ord`, `Clone` | a panic that says so: it would wait for itself |
//! | uses another collection there | fine, but if another thread does it the other way round, both wait for ever, as with any two locks: use them in one order |
//! | takes long in a closure | everybody else waits, and so does the loop of a task that does |
//! | panics in a closure, or in `Ord` or `Clone` | nothing has changed, nothing is poisoned |
//! | panics in `Hash` or `Eq` | nothing has changed either, except while a table is rearranged: then some of its entries may be gone, as from the standard library's |
//!
//! A closure runs once. Clones that a change makes and gives up are dropped under the lock: an element whose destructor uses the collection that it is in belongs into an `Arc`.
//!
//! # What it costs
//!
//! For n elements or entries:
//!
//! | | alone | with a snapshot alive |
//! |---|---|---|
//! | `len`, cloning a handle or a snapshot | O(1) | O(1) |
//! | `snapshot` | O(1) | O(1); a dict's may copy what the next change would have to: 32 KiB of plain data, some ten entries of other |
//! | `Dict`: `get`, `insert`, `remove`, `update_with` | O(1) | the first time for each part: copies 32 KiB of plain data at most, of other some ten entries; and O(log n) pointers |
//! | `List`: `get` | O(log n) | O(log n) |
//! | `List`: `append`, `pop`, `set`, `update_with` | O(log n) | copies some 64 elements and O(log n) pointers each time |
//! | `List`: `insert`, `pop_at`, `slice`, `splice` | O(log n) beside what comes in; `slice` and `splice` copy some 64 elements at each cut | the same, and copies some 64 elements at each cut |
//! | `with_mut`, `update`, `extend` | what is done in it, and copies what it touches | the same |
//! | `sort`, `reverse`, `retain`, `remove`, `contains`, `index` | O(n), `sort` O(n log n) | the same |
//! | `keys`, `values`, `items`, `to_vec` | O(n) clones | the same |
//!
//! # What it does not do
//!
//! A `Dict` has no order of insertion. Nothing here waits for a change (a queue does), and no transaction spans two collections: put what belongs together into one. Positions do not count from
//! the end. Whoever waits is not served in order of arrival. Users of one collection take turns, also on different keys, and also to look something up: a program whose threads do little else
//! than use one dict is better served by a table of locked shards (such as dashmap), if it needs no snapshots, or by looking things up in a snapshot.
#![forbid(unsafe_code)]

mod dict;
mod dict_closures;
mod dict_snapshot;
mod list;
mod list_closures;
mod list_snapshot;
mod lock;
#[cfg(all(test, loom))]
mod models;
mod place;
mod shards;
mod single;
mod table;

pub use dict::Dict;
pub use dict_snapshot::DictSnapshot;
pub use list::List;
pub use list_snapshot::ListSnapshot;
