//! What does not compile, each with a twin that does, so that it fails for its own reason alone. (Compilers that know check the codes; lifetimes' errors have none.)
#![forbid(unsafe_code)]
//!
//! A handle in a variable outside of its body:
//!
//! ```compile_fail
//! use yibu::generator::{Co, generator};
//! let mut kept = None;
//! let _ = generator(async |co: Co<'_, u32>| kept = Some(co)); // lifetime may not live long enough
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let mut kept = None;
//! let _ = generator(async |co: Co<'_, u32>| kept = Some(drop(co)));
//! ```
//!
//! A handle as what its body returns:
//!
//! ```compile_fail
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |co: Co<'_, u32>| co); // lifetime may not live long enough
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |co: Co<'_, u32>| drop(co));
//! ```
//!
//! Two generators' handles, swapped:
//!
//! ```compile_fail
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut outer: Co<'_, u32>| {
//!     let _ = generator(async |mut inner: Co<'_, u32>| std::mem::swap(&mut outer, &mut inner)); // lifetime may not live long enough
//! });
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut outer: Co<'_, u32>| {
//!     let _ = generator(async |mut inner: Co<'_, u32>| drop((&mut outer, &mut inner)));
//! });
//! ```
//!
//! An outer handle where the inner one is asked for:
//!
//! ```compile_fail
//! use yibu::generator::{Co, generator};
//! fn same<'a>(_: &Co<'a, u32>, _: &Co<'a, u32>) {}
//! let _ = generator(async |outer: Co<'_, u32>| {
//!     let _ = generator(async |inner: Co<'_, u32>| same(&outer, &inner)); // lifetime may not live long enough
//! });
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! fn same<'a>(_: &Co<'a, u32>, _: &Co<'a, u32>) {}
//! let _ = generator(async |outer: Co<'_, u32>| {
//!     let _ = generator(async |inner: Co<'_, u32>| same(&inner, &inner));
//!     same(&outer, &outer);
//! });
//! ```
//!
//! A handle that was given away:
//!
//! ```compile_fail,E0382
//! use yibu::generator::{Co, generator};
//! async fn inner(mut co: Co<'_, u32>) {
//!     co.yield_(1).await;
//! }
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     inner(co).await;
//!     co.yield_(2).await;
//! });
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! async fn inner(mut co: Co<'_, u32>) {
//!     co.yield_(1).await;
//! }
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     inner(co.reborrow()).await;
//!     co.yield_(2).await;
//! });
//! ```
//!
//! A handle that is lent:
//!
//! ```compile_fail,E0499
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     let mut lent = co.reborrow();
//!     co.yield_(1).await;
//!     lent.yield_(2).await;
//! });
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     let mut lent = co.reborrow();
//!     lent.yield_(2).await;
//!     co.yield_(1).await;
//! });
//! ```
//!
//! Two yields at once:
//!
//! ```compile_fail,E0499
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     let (first, second) = (co.yield_(1), co.yield_(2));
//!     first.await;
//!     second.await;
//! });
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     co.yield_(1).await;
//!     co.yield_(2).await;
//! });
//! ```
//!
//! A generator that is driven while a `yield_from` has it:
//!
//! ```compile_fail,E0499
//! use yibu::generator::{Co, generator};
//! let mut sub = generator(async |mut co: Co<'_, u32>| co.yield_(1).await).boxed();
//! let mut outer = generator(async |mut co| co.yield_from(sub.as_pin()).await).boxed();
//! sub.next();
//! outer.next();
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let mut sub = generator(async |mut co: Co<'_, u32>| co.yield_(1).await).boxed();
//! let mut outer = generator(async |mut co| co.yield_from(sub.as_pin()).await).boxed();
//! outer.next();
//! drop(outer);
//! sub.next();
//! ```
//!
//! A body of a recursion that borrows from the one that calls it:
//!
//! ```compile_fail,E0597
//! use yibu::generator::Nested;
//! async fn walk<'d>(mut co: Nested<'d, u32>, depth: &'d u32) {
//!     let number = depth - 1;
//!     let below = &number;
//!     co.delegate(|co| Box::pin(walk(co, below))).await;
//! }
//! ```
//!
//! ```
//! use yibu::generator::Nested;
//! async fn walk<'d>(mut co: Nested<'d, u32>, depth: &'d u32) {
//!     let below = depth;
//!     co.delegate(|co| Box::pin(walk(co, below))).await;
//! }
//! ```
//!
//! A body that keeps what must stay on its thread, in a box that may leave it:
//!
//! ```compile_fail
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     let kept = std::rc::Rc::new(1);
//!     co.yield_(*kept).await;
//!     drop(kept);
//! })
//! .boxed(); // future cannot be sent between threads safely
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let _ = generator(async |mut co: Co<'_, u32>| {
//!     let kept = std::rc::Rc::new(1);
//!     co.yield_(*kept).await;
//!     drop(kept);
//! })
//! .boxed_local();
//! ```
//!
//! A box that stays on its thread, on another:
//!
//! ```compile_fail,E0277
//! use yibu::generator::{Co, generator};
//! let local = generator(async |mut co: Co<'_, u32>| co.yield_(1).await).boxed_local();
//! std::thread::spawn(move || drop(local));
//! ```
//!
//! ```
//! use yibu::generator::{Co, generator};
//! let boxed = generator(async |mut co: Co<'_, u32>| co.yield_(1).await).boxed();
//! std::thread::spawn(move || drop(boxed));
//! ```
//!
//! A recursion that stays on its thread, in a box that may leave it:
//!
//! ```compile_fail
//! use yibu::generator::{Co, Nested, generator};
//! async fn down(mut co: Nested<'_, u32>) {
//!     co.yield_(1).await;
//! }
//! let _ = generator(async |mut co: Co<'_, u32>| co.delegate(|co| down(co)).await).boxed(); // `dyn Callable` cannot be sent between threads safely
//! ```
//!
//! ```
//! use yibu::generator::{Co, SendNested, generator};
//! async fn down(mut co: SendNested<'_, u32>) {
//!     co.yield_(1).await;
//! }
//! let _ = generator(async |mut co: Co<'_, u32>| co.delegate_send(|co| down(co)).await).boxed();
//! ```
