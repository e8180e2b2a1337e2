//! PEP 479: a `StopIteration` that leaves a generator is an error.

use super::driver::{Error, Guard, Sent, drive, say};
use super::{Difference, Table};

pub(super) fn add(t: &mut Table) {
    raised(t);
    leaked(t);
}

const NO_STOP_ITERATION: &str = "no error ends an iteration here, so there is none that would have to be told from it: a body ends by returning, and an error that leaves it is that error";

fn raised(t: &mut Table) {
    let python = "
def body():
    yield 1
    raise StopIteration
g = drive(body()); g.start(); g.next(); g.state()
";
    let why = Difference {
        why: NO_STOP_ITERATION,
        python: &[
            "yielded 1",
            "raised RuntimeError: generator raised StopIteration",
            "closed",
        ],
        rust: &["yielded 1", "raised StopIteration", "closed"],
    };
    t.differs("\"if a StopIteration is about to bubble out of a generator frame, it is replaced with RuntimeError\"", why, python, || {
        let mut g = drive(async |mut co| -> Result<(), Error> {
            co.yield_(1).await?;
            Err("StopIteration")
        });
        g.start();
        g.next();
        g.state();
    });

    let python = "
def body():
    with guard('body'): yield 1
g = drive(body()); g.start(); g.throw(StopIteration()); g.next()
";
    let why = Difference {
        why: NO_STOP_ITERATION,
        python: &[
            "yielded 1",
            "finally body",
            "raised RuntimeError: generator raised StopIteration",
            "refused finished",
        ],
        rust: &[
            "yielded 1",
            "finally body",
            "raised StopIteration",
            "refused finished",
        ],
    };
    t.differs("one that is thrown in, and not caught", why, python, || {
        let mut g = drive(async |mut co| {
            let _guard = Guard("body");
            co.yield_(1).await.map(drop)
        });
        g.start();
        g.throw("StopIteration");
        g.next();
    });

    let python = "
def body():
    try: yield 1
    except StopIteration: say('caught'); yield 2
g = drive(body()); g.start(); g.throw(StopIteration()); g.next()
";
    t.same("one that is thrown in, and caught", python, || {
        let mut g = drive(async |mut co| {
            if co.yield_(1).await.is_err() {
                say!("caught");
                co.yield_(2).await?;
            }
            Ok(())
        });
        g.start();
        g.throw("StopIteration");
        g.next();
    });

    let python = "
def inner():
    yield 1
    raise StopIteration(5)
def outer():
    try: say('value', (yield from inner()))
    except RuntimeError: say('outer caught')
    yield 2
g = drive(outer()); g.start(); g.next()
";
    let why = Difference {
        why: NO_STOP_ITERATION,
        python: &["yielded 1", "outer caught", "yielded 2"],
        rust: &["yielded 1", "outer caught StopIteration", "yielded 2"],
    };
    t.differs(
        "one that an inner generator raises is not taken for its end",
        why,
        python,
        || {
            async fn inner(mut co: yibu::generator::Co<'_, i64, Sent>) -> Result<i64, Error> {
                co.yield_(1).await?;
                Err("StopIteration")
            }
            let mut g = drive(async |mut co| {
                match inner(co.reborrow()).await {
                    Ok(value) => say!("value", value),
                    Err(error) => say!("outer caught", error),
                }
                co.yield_(2).await?;
                Ok(())
            });
            g.start();
            g.next();
        },
    );

    let python = "
def body():
    yield 1
    return 7
g = drive(body()); g.start(); g.next(); g.state()
";
    t.same(
        "\"a return statement\" is what ends a generator, and its value arrives",
        python,
        || {
            let mut g = drive(async |mut co| {
                co.yield_(1).await?;
                Ok(7)
            });
            g.start();
            g.next();
            g.state();
        },
    );

    let python = "
def body():
    try: yield 1
    finally: say('finally'); raise StopIteration
g = drive(body()); g.start(); g.close(); g.state()
";
    let why = Difference {
        why: "a destructor raises nothing but panics",
        python: &[
            "yielded 1",
            "finally",
            "raised RuntimeError: generator raised StopIteration",
            "closed",
        ],
        rust: &["yielded 1", "finally body", "closed", "closed"],
    };
    t.differs("one that is raised while closing", why, python, || {
        let mut g = drive(async |mut co| {
            let _guard = Guard("body");
            co.yield_(1).await.map(drop)
        });
        g.start();
        g.close();
        g.state();
    });
}

fn leaked(t: &mut Table) {
    let python = "
def pairs(it):
    while True:
        a = next(it); b = next(it); yield a + b
g = drive(pairs(iter([1, 2, 3]))); g.start(); g.next(); g.state()
";
    let why = Difference {
        why: "next gives an Option, so a body says what becomes of the end; nothing leaks",
        python: &[
            "yielded 3",
            "raised RuntimeError: generator raised StopIteration",
            "closed",
        ],
        rust: &["yielded 3", "complete None", "closed"],
    };
    t.differs(
        "a next() within the body that leaks it",
        why,
        python,
        || {
            let mut it = [1, 2, 3].into_iter();
            let mut g = drive(async move |mut co| {
                while let (Some(a), Some(b)) = (it.next(), it.next()) {
                    co.yield_(a + b).await?;
                }
                Ok(())
            });
            g.start();
            g.next();
            g.state();
        },
    );

    let python = "
def pairs(it):
    for a in it:
        try: b = next(it)
        except StopIteration: return
        yield a + b
g = drive(pairs(iter([1, 2, 3]))); g.start(); g.next(); g.state()
";
    t.same(
        "\"try: next(it) except StopIteration: return\", the PEP's mend",
        python,
        || {
            let mut it = [1, 2, 3].into_iter();
            let mut g = drive(async move |mut co| {
                while let Some(a) = it.next() {
                    let Some(b) = it.next() else { return Ok(()) };
                    co.yield_(a + b).await?;
                }
                Ok(())
            });
            g.start();
            g.next();
            g.state();
        },
    );

    let python = "
def my_zip(*its):
    its = [iter(it) for it in its]
    while True:
        row = 0
        for it in its:
            try: row = row * 10 + next(it)
            except StopIteration: return
        yield row
for row in my_zip([1, 2, 3], [4, 5], [6, 7, 8]): say(row)
";
    t.same(
        "zip as a generator, which ends with the shortest",
        python,
        || {
            let its = [vec![1, 2, 3], vec![4, 5], vec![6, 7, 8]];
            let rows = yibu::generator(async |mut co| {
                let mut its = its.map(Vec::into_iter);
                loop {
                    let mut row = 0;
                    for it in &mut its {
                        let Some(digit) = it.next() else { return };
                        row = row * 10 + digit;
                    }
                    co.yield_(row).await;
                }
            });
            rows.boxed_local().for_each(|row: i64| say!(row));
        },
    );

    let python = "
def body():
    for n in [1, 2]:
        g = (m for m in [n])
        say(next(g)); say(next(g, None))
        yield n
g = drive(body()); g.start(); g.next(); g.next()
";
    t.same(
        "the end of a generator within a body is its own affair",
        python,
        || {
            let mut g = drive(async |mut co| {
                for n in [1, 2] {
                    let mut inner = yibu::generator(async |mut co| co.yield_(n).await).boxed();
                    say!(inner.next().unwrap());
                    say!(inner.next());
                    co.yield_(n).await?;
                }
                Ok(())
            });
            g.start();
            g.next();
            g.next();
        },
    );

    let python = "
def body():
    try: yield 1
    except RuntimeError: say('never')
g = drive(body()); g.start(); g.close()
";
    t.same(
        "\"GeneratorExit\" is left as it was: closing is no error",
        python,
        || {
            let mut g = drive(async |mut co| {
                if co.yield_(1).await.is_err() {
                    say!("never");
                }
                Ok(())
            });
            g.start();
            g.close();
        },
    );
}
