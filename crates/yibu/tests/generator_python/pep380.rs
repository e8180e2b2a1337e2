//! PEP 380: `yield from`, sentence by sentence. At each depth and by each way of delegating: `depth`.

use yibu::generator::Co;

use super::driver::{Error, Guard, Sent, drive, leave, say};
use super::{Difference, Table};

pub(super) fn add(t: &mut Table) {
    values(t);
    errors(t);
}

/// What most cases delegate to; its Python is `INNER`.
pub(super) async fn inner(mut co: Co<'_, i64, Sent>) -> Result<i64, Error> {
    let _inner = Guard("inner");
    say!("inner got", co.yield_(1).await?);
    say!("inner got", co.yield_(2).await?);
    Ok(3)
}

const INNER: &str = "
def inner():
    with guard('inner'):
        say('inner got', (yield 1))
        say('inner got', (yield 2))
        return 3
";

pub(super) fn with_inner(python: &str) -> String {
    format!("{INNER}{python}")
}

fn values(t: &mut Table) {
    let python = with_inner(
        "
def outer(): say((yield from inner()))
g = drive(outer()); g.start(); g.next(); g.next()
",
    );
    t.same(
        "\"any values that the iterator yields are passed directly to the caller\"",
        &python,
        || {
            let mut g = drive(async |co| Ok(say!(inner(co).await?)));
            g.start();
            g.next();
            g.next();
        },
    );

    let python = with_inner(
        "
def outer():
    say('outer got', (yield 0))
    yield from inner()
    say('outer got', (yield 9))
g = drive(outer()); g.start()
for n in range(10, 14): g.send(n)
",
    );
    t.same("\"any values sent to the delegating generator using send() are passed directly to the iterator\"", &python, || {
        let mut g = drive(async |mut co| {
            say!("outer got", co.yield_(0).await?);
            inner(co.reborrow()).await?;
            say!("outer got", co.yield_(9).await?);
            Ok(())
        });
        g.start();
        (10..14).for_each(|n| g.send(n));
    });

    let python = with_inner(
        "
def outer():
    n = yield from inner()
    return n * 10
g = drive(outer()); g.start(); g.next(); g.next()
",
    );
    t.same("\"the value of the yield from expression is the first argument to the StopIteration\"; \"return expr in a generator causes StopIteration(expr)\"", &python, || {
        let mut g = drive(async |co| Ok(inner(co).await? * 10));
        g.start();
        g.next();
        g.next();
    });

    let python = with_inner(
        "
def outer():
    say('runs')
    yield from inner()
g = drive(outer()); g.send(5); say('starts'); g.start()
",
    );
    t.same(
        "nothing of the inner one runs before the outer one starts",
        &python,
        || {
            let mut g = drive(async |co| {
                say!("runs");
                inner(co).await
            });
            g.send(5);
            say!("starts");
            g.start();
            leave(g);
        },
    );

    let python = with_inner(
        "
def outer():
    a = yield from inner()
    b = yield from inner()
    return a + b
g = drive(outer()); g.start()
for n in range(4): g.send(n)
",
    );
    t.same("two delegations, one after the other", &python, || {
        let mut g = drive(async |mut co| {
            let a = inner(co.reborrow()).await?;
            let b = inner(co).await?;
            Ok(a + b)
        });
        g.start();
        (0..4).for_each(|n| g.send(n));
    });

    let python = "
def empty():
    return 4
    yield
def outer():
    say((yield from empty())); say((yield from empty()))
    yield 1
g = drive(outer()); g.start(); g.next()
";
    t.same(
        "an inner one that yields nothing is passed without a stop",
        python,
        || {
            async fn empty(_co: Co<'_, i64, Sent>) -> Result<i64, Error> {
                Ok(4)
            }
            let mut g = drive(async |mut co| {
                say!(empty(co.reborrow()).await?);
                say!(empty(co.reborrow()).await?);
                co.yield_(1).await?;
                Ok(())
            });
            g.start();
            g.next();
        },
    );

    let python = with_inner(
        "
def outer(): say('sum', (yield from inner()) + (yield from inner()))
g = drive(outer()); g.start()
for n in range(4): g.send(n)
",
    );
    t.same("yield from as an operand", &python, || {
        let mut g = drive(async |mut co| {
            say!(
                "sum",
                inner(co.reborrow()).await? + inner(co.reborrow()).await?
            );
            Ok(())
        });
        g.start();
        (0..4).for_each(|n| g.send(n));
    });
}

fn errors(t: &mut Table) {
    let python = "
def inner():
    try: yield 1
    except Oops: say('inner caught'); yield 2
    return 3
def outer(): say('value', (yield from inner()))
g = drive(outer()); g.start(); g.throw(Oops()); g.next()
";
    t.same("\"exceptions other than GeneratorExit thrown into the delegating generator are passed to the throw() method of the iterator\"", python, || {
        async fn inner(mut co: Co<'_, i64, Sent>) -> Result<i64, Error> {
            if co.yield_(1).await.is_err() {
                say!("inner caught");
                co.yield_(2).await?;
            }
            Ok(3)
        }
        let mut g = drive(async |co| Ok(say!("value", inner(co).await?)));
        g.start();
        g.throw("Oops");
        g.next();
    });

    let python = "
def inner():
    try: yield 1
    except Oops: return 5
def outer():
    say('value', (yield from inner())); yield 6
g = drive(outer()); g.start(); g.throw(Oops()); g.next()
";
    t.same(
        "throw(): \"if the call raises StopIteration, the delegating generator is resumed\"",
        python,
        || {
            async fn inner(mut co: Co<'_, i64, Sent>) -> Result<i64, Error> {
                Ok(co.yield_(1).await.map_or(5, |_| 0))
            }
            let mut g = drive(async |mut co| {
                say!("value", inner(co.reborrow()).await?);
                co.yield_(6).await?;
                Ok(())
            });
            g.start();
            g.throw("Oops");
            g.next();
        },
    );

    let python = with_inner(
        "
def outer():
    try: yield from inner()
    except Oops: say('outer caught'); yield 7
g = drive(outer()); g.start(); g.throw(Oops()); g.next()
",
    );
    t.same(
        "throw(): \"any other exception is propagated to the delegating generator\"",
        &python,
        || {
            let mut g = drive(async |mut co| {
                if inner(co.reborrow()).await.is_err() {
                    say!("outer caught");
                    co.yield_(7).await?;
                }
                Ok(())
            });
            g.start();
            g.throw("Oops");
            g.next();
        },
    );

    let python = "
def inner():
    yield 1
    raise Oops
def outer():
    try: yield from inner()
    except Oops: say('outer caught')
    return 8
g = drive(outer()); g.start(); g.send(4)
";
    t.same(
        "send(): \"any other exception is propagated to the delegating generator\"",
        python,
        || {
            async fn inner(mut co: Co<'_, i64, Sent>) -> Result<(), Error> {
                co.yield_(1).await?;
                Err("Oops")
            }
            let mut g = drive(async |co| {
                if inner(co).await.is_err() {
                    say!("outer caught");
                }
                Ok(8)
            });
            g.start();
            g.send(4);
        },
    );

    let python = with_inner(
        "
def outer():
    with guard('outer'):
        try: yield from inner()
        except Other: say('never')
g = drive(outer()); g.start(); g.throw(Oops()); g.state(); g.throw(Oops())
",
    );
    t.same(
        "what nobody catches passes all of them, and finishes them",
        &python,
        || {
            let mut g = drive(async |co| {
                let _outer = Guard("outer");
                match inner(co).await {
                    Err("Other") => Ok(say!("never")),
                    other => other.map(drop),
                }
            });
            g.start();
            g.throw("Oops");
            g.state();
            g.throw("Oops");
        },
    );

    let python = with_inner(
        "
def outer():
    with guard('outer'): yield from inner()
g = drive(outer()); g.start(); g.next(); g.close(); g.state()
",
    );
    t.same("\"or the close() method of the delegating generator is called, then the close() method of the iterator is called\", and \"otherwise GeneratorExit is raised in the delegating generator\"", &python, || {
        let mut g = drive(async |co| {
            let _outer = Guard("outer");
            inner(co).await
        });
        g.start();
        g.next();
        g.close();
        g.state();
    });

    let python = with_inner(
        "
def outer():
    with guard('outer'): yield from inner()
g = drive(outer()); g.start(); g.drop()
",
    );
    t.same("the delegating generator is dropped", &python, || {
        let mut g = drive(async |co| {
            let _outer = Guard("outer");
            inner(co).await
        });
        g.start();
        g.drop();
    });

    let python = "
def inner():
    try: yield 1
    finally: raise Oops
def outer():
    with guard('outer'): yield from inner()
g = drive(outer()); g.start(); g.close(); g.state()
";
    t.same("close(): \"if this call results in an exception, it is propagated to the delegating generator\"", python, || {
        struct Raises;
        impl Drop for Raises {
            fn drop(&mut self) {
                super::driver::raise("Oops");
            }
        }
        async fn inner(mut co: Co<'_, i64, Sent>) -> Result<(), Error> {
            let _raises = Raises;
            co.yield_(1).await.map(drop)
        }
        let mut g = drive(async |co| {
            let _outer = Guard("outer");
            inner(co).await
        });
        g.start();
        g.close();
        g.state();
    });

    let python = "
def inner():
    try: yield 1
    finally: raise Oops
def outer():
    try: yield from inner()
    except Oops: say('outer caught')
g = drive(outer()); g.start(); g.close(); g.state()
";
    let why = Difference {
        why: "nothing of the outer body runs when it is dropped, so what an inner destructor raises is not caught there",
        python: &["yielded 1", "outer caught", "closed", "closed"],
        rust: &["yielded 1", "raised Oops", "closed"],
    };
    t.differs(
        "the delegating generator catches what closing the inner one raises",
        why,
        python,
        || {
            struct Raises;
            impl Drop for Raises {
                fn drop(&mut self) {
                    super::driver::raise("Oops");
                }
            }
            async fn inner(mut co: Co<'_, i64, Sent>) -> Result<(), Error> {
                let _raises = Raises;
                co.yield_(1).await.map(drop)
            }
            let mut g = drive(async |co| {
                if inner(co).await.is_err() {
                    say!("outer caught");
                }
                Ok(())
            });
            g.start();
            g.close();
            g.state();
        },
    );
}
