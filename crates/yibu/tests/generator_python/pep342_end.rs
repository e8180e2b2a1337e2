//! PEP 342: `close`, and generators that are dropped.

use super::driver::{Error, Guard, drive, raise, say};
use super::{Difference, Table};

pub(super) fn add(t: &mut Table) {
    closing(t);
    caught_exits(t);
    dropping(t);
}

fn closing(t: &mut Table) {
    let python = "
def body():
    with guard('a'):
        yield 1
        with guard('b'): yield 2
g = drive(body()); g.start(); g.next(); g.close(); g.state(); g.next(); g.close()
";
    t.same("close() raises \"GeneratorExit at the point where the generator was paused\", and returns when it comes out", python, || {
        let mut g = drive(async |mut co| {
            let _a = Guard("a");
            co.yield_(1).await?;
            let _b = Guard("b");
            co.yield_(2).await?;
            Ok(())
        });
        g.start();
        g.next();
        g.close();
        g.state();
        g.next();
        g.close();
    });

    let python = "
def body():
    with guard('never'): yield 1
g = drive(body()); g.close(); g.state(); g.next(); g.send(1); g.throw(Oops())
";
    t.same(
        "close() of a just-started generator runs nothing of its body",
        python,
        || {
            let mut g = drive(async |mut co| {
                let _guard = Guard("never");
                co.yield_(1).await?;
                Ok(())
            });
            g.close();
            g.state();
            g.next();
            g.send(1);
            g.throw("Oops");
        },
    );

    let python = "
def body():
    with guard('a'): yield 1
g = drive(body()); g.start(); g.next(); g.close(); g.state()
";
    t.same(
        "\"close() does nothing if the generator has already exited\" normally",
        python,
        || {
            let mut g = drive(async |mut co| {
                let _a = Guard("a");
                co.yield_(1).await.map(drop)
            });
            g.start();
            g.next();
            g.close();
            g.state();
        },
    );

    let python = "
def body():
    with guard('a'): yield 1
g = drive(body()); g.start(); g.throw(Oops()); g.close(); g.close()
";
    t.same(
        "\"close() does nothing if the generator has already exited\" by an exception",
        python,
        || {
            let mut g = drive(async |mut co| {
                let _a = Guard("a");
                co.yield_(1).await.map(drop)
            });
            g.start();
            g.throw("Oops");
            g.close();
            g.close();
        },
    );

    let python = "
def body():
    try: yield 1
    finally: raise Oops
g = drive(body()); g.start(); g.close(); g.state(); g.close()
";
    t.same("\"if the generator raises any other exception, it is propagated to the caller\" of close()", python, || {
        struct Raises;
        impl Drop for Raises {
            fn drop(&mut self) {
                raise("Oops");
            }
        }
        let mut g = drive(async |mut co| {
            let _raises = Raises;
            co.yield_(1).await.map(drop)
        });
        g.start();
        g.close();
        g.state();
        g.close();
    });

    let python = "
def body():
    try: yield 1
    except Oops: say('never')
    except Exception: say('never')
    finally: say('finally a')
g = drive(body()); g.start(); g.close()
";
    t.same(
        "a handler of errors does not see that it is closed",
        python,
        || {
            let mut g = drive(async |mut co| {
                let _a = Guard("a");
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

fn caught_exits(t: &mut Table) {
    let python = "
def body():
    try: yield 1
    except GeneratorExit: say('exit'); return
g = drive(body()); g.start(); g.close(); g.state()
";
    let why = Difference {
        why: "closing is dropping: no code of the body runs but destructors, so there is nothing to catch",
        python: &["yielded 1", "exit", "closed", "closed"],
        rust: &["yielded 1", "closed", "closed"],
    };
    t.differs("a GeneratorExit that is caught", why, python, || {
        let mut g = drive(async |mut co| {
            if co.yield_(1).await.is_err() {
                say!("exit");
            }
            Ok(())
        });
        g.start();
        g.close();
        g.state();
    });

    let python = "
def body():
    while True:
        try: yield 1
        except GeneratorExit: pass
def ended():
    g = drive(body()); g.start(); g.close(); g.state()
    return g
g = ended(); g.drop()
";
    let why = Difference {
        why: "a body that is dropped cannot yield, so closing cannot be ignored",
        python: &[
            "yielded 1",
            "raised RuntimeError: generator ignored GeneratorExit",
            "suspended",
            "unraisable raised RuntimeError: generator ignored GeneratorExit",
            "dropped",
        ],
        rust: &["yielded 1", "closed", "closed", "dropped"],
    };
    t.differs(
        "\"if the generator yields a value, a RuntimeError is raised\" by close()",
        why,
        python,
        || {
            let mut g = drive(async |mut co| -> Result<(), Error> {
                loop {
                    let _ = co.yield_(1).await;
                }
            });
            g.start();
            g.close();
            g.state();
            g.drop();
        },
    );

    let python = "
def body():
    try: yield 1
    finally:
        say('flushes'); yield 2
g = drive(body()); g.start(); g.close(); g.next()
";
    let why = Difference {
        why: "what stands behind a yield_ runs when it is resumed and not when it is dropped; and a destructor cannot yield",
        python: &[
            "yielded 1",
            "flushes",
            "raised RuntimeError: generator ignored GeneratorExit",
            "raised GeneratorExit",
        ],
        rust: &["yielded 1", "closed", "refused finished"],
    };
    t.differs(
        "a finally that yields while it is closed",
        why,
        python,
        || {
            let mut g = drive(async |mut co| {
                let outcome = co.yield_(1).await;
                say!("flushes");
                co.yield_(2).await?;
                outcome.map(drop)
            });
            g.start();
            g.close();
            g.next();
        },
    );

    let python = "
def body():
    try: yield 1
    except GeneratorExit: raise Oops
g = drive(body()); g.start(); g.throw(GeneratorExit()); g.state()
";
    let why = Difference {
        why: "there is no GeneratorExit to throw: what is thrown is of the type of the body's errors; close does what it is for",
        python: &["yielded 1", "raised Oops", "closed"],
        rust: &["yielded 1", "closed", "closed"],
    };
    t.differs("a GeneratorExit that is thrown", why, python, || {
        let mut g = drive(async |mut co| co.yield_(1).await.map(drop).map_err(|_| "Oops"));
        g.start();
        g.close();
        g.state();
    });
}

fn dropping(t: &mut Table) {
    let python = "
def body():
    with guard('a'):
        with guard('b'): yield 1
g = drive(body()); g.start(); g.drop()
";
    t.same("\"add support to ensure that close() is called when a generator iterator is garbage-collected\"", python, || {
        let mut g = drive(async |mut co| {
            let _a = Guard("a");
            let _b = Guard("b");
            co.yield_(1).await.map(drop)
        });
        g.start();
        g.drop();
    });

    let python = "
def body():
    with guard('never'): yield 1
g = drive(body()); g.drop()
";
    t.same(
        "one that was not started is dropped, and nothing runs",
        python,
        || {
            let g = drive(async |mut co| {
                let _guard = Guard("never");
                co.yield_(1).await.map(drop)
            });
            g.drop();
        },
    );

    let python = "
def body():
    with guard('a'): yield 1
g = drive(body()); g.start(); g.next(); g.drop()
";
    t.same(
        "one that has finished is dropped, and nothing runs again",
        python,
        || {
            let mut g = drive(async |mut co| {
                let _a = Guard("a");
                co.yield_(1).await.map(drop)
            });
            g.start();
            g.next();
            g.drop();
        },
    );

    let python = "
class Held:
    def __del__(self): say('held')
def body(held):
    yield 1
held = Held(); g = drive(body(held)); del held
g.drop()
";
    t.same(
        "a body that was not started has its arguments, which are dropped with it",
        python,
        || {
            struct Held;
            impl Drop for Held {
                fn drop(&mut self) {
                    say!("held");
                }
            }
            let held = Held;
            let g = drive(async move |mut co| {
                let _held = held;
                co.yield_(1).await.map(drop)
            });
            g.drop();
        },
    );

    let python = "
def body():
    try: yield 1
    finally: raise Oops
g = drive(body()); g.start(); g.drop()
";
    let why = Difference {
        why: "a destructor that panics does so where its owner is dropped; Python's collector reports and goes on",
        python: &["yielded 1", "unraisable raised Oops", "dropped"],
        rust: &["yielded 1", "raised Oops", "dropped"],
    };
    t.differs("an exception while it is collected", why, python, || {
        struct Raises;
        impl Drop for Raises {
            fn drop(&mut self) {
                raise("Oops");
            }
        }
        let mut g = drive(async |mut co| {
            let _raises = Raises;
            co.yield_(1).await.map(drop)
        });
        g.start();
        g.drop();
    });
}
