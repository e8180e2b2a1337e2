//! PEP 342: `throw`, and exceptions of the body's own.

use super::Table;
use super::driver::{Error, Guard, drive, raise, say};

pub(super) fn add(t: &mut Table) {
    throwing(t);
    throwing_on(t);
}

fn throwing(t: &mut Table) {
    let python = "
def body():
    try: yield 1
    except Oops: say('caught')
    yield 2
g = drive(body()); g.start(); g.throw(Oops()); g.next()
";
    t.same("throw() raises \"at the point where the generator was paused, and returns the next value yielded\"", python, || {
        let mut g = drive(async |mut co| {
            if co.yield_(1).await.is_err() {
                say!("caught");
            }
            co.yield_(2).await?;
            Ok(())
        });
        g.start();
        g.throw("Oops");
        g.next();
    });

    let python = "
def body():
    try: yield 1
    except Oops: return 4
g = drive(body()); g.start(); g.throw(Oops()); g.next()
";
    t.same(
        "throw(): \"raising StopIteration if the generator exits without yielding another value\"",
        python,
        || {
            let mut g = drive(async |mut co| match co.yield_(1).await {
                Ok(_) => Ok(None),
                Err(_) => Ok(Some(4)),
            });
            g.start();
            g.throw("Oops");
            g.next();
        },
    );

    let python = "
def body():
    with guard('body'): yield 1
    say('never')
g = drive(body()); g.start(); g.throw(Oops()); g.state(); g.next(); g.throw(Other())
";
    t.same("\"if the generator does not catch the passed-in exception\", it \"propagates to the caller\"", python, || {
        let mut g = drive(async |mut co| {
            let guard = Guard("body");
            co.yield_(1).await?;
            drop(guard);
            say!("never");
            Ok(())
        });
        g.start();
        g.throw("Oops");
        g.state();
        g.next();
        g.throw("Other");
    });

    let python = "
def body():
    try: yield 1
    except Oops: raise Other
g = drive(body()); g.start(); g.throw(Oops()); g.state()
";
    t.same(
        "throw(): \"or raises a different exception\"",
        python,
        || {
            let mut g = drive(async |mut co| co.yield_(1).await.map(drop).map_err(|_| "Other"));
            g.start();
            g.throw("Oops");
            g.state();
        },
    );

    let python = "
def body():
    say('never'); yield 1
g = drive(body()); g.throw(Oops()); g.state(); g.next()
";
    t.same(
        "throw() to a just-started generator raises at the caller, and finishes it",
        python,
        || {
            let mut g = drive(async |mut co| {
                say!("never");
                co.yield_(1).await?;
                Ok(())
            });
            g.throw("Oops");
            g.state();
            g.next();
        },
    );

    let python = "
def body(): yield 1
g = drive(body()); g.start(); g.next(); g.throw(Oops()); g.throw(Other()); g.state()
";
    t.same("\"if the generator is already in the closed state, throw() just raises the exception it was passed\"", python, || {
        let mut g = drive(async |mut co| co.yield_(1).await.map(drop));
        g.start();
        g.next();
        g.throw("Oops");
        g.throw("Other");
        g.state();
    });
}

fn throwing_on(t: &mut Table) {
    let python = "
def body():
    try: yield 1
    except Other: say('never')
g = drive(body()); g.start(); g.throw(Oops()); g.state()
";
    t.same(
        "a handler for another exception does not catch it",
        python,
        || {
            let mut g = drive(async |mut co| match co.yield_(1).await {
                Err("Other") => Ok(say!("never")),
                other => other.map(drop),
            });
            g.start();
            g.throw("Oops");
            g.state();
        },
    );

    let python = "
def body():
    caught = 0
    while True:
        try: yield caught
        except Oops: caught += 1
g = drive(body()); g.start(); g.throw(Oops()); g.next(); g.throw(Oops()); g.throw(Other())
";
    t.same(
        "a loop that counts what is thrown, until it is something else",
        python,
        || {
            let mut g = drive(async |mut co| -> Result<(), Error> {
                let mut caught = 0;
                loop {
                    match co.yield_(caught).await {
                        Err("Oops") => caught += 1,
                        other => _ = other?,
                    }
                }
            });
            g.start();
            g.throw("Oops");
            g.next();
            g.throw("Oops");
            g.throw("Other");
        },
    );

    let python = "
def body():
    try: yield 1
    except Oops:
        try: yield 2
        except Other: say('both')
        yield 3
g = drive(body()); g.start(); g.throw(Oops()); g.throw(Other()); g.next()
";
    t.same("thrown to while it handles what was thrown", python, || {
        let mut g = drive(async |mut co| {
            if co.yield_(1).await.is_err() {
                if co.yield_(2).await.is_err() {
                    say!("both");
                }
                co.yield_(3).await?;
            }
            Ok(())
        });
        g.start();
        g.throw("Oops");
        g.throw("Other");
        g.next();
    });

    let python = "
def body():
    yield 1
    with guard('body'): raise Oops
g = drive(body()); g.start(); g.next(); g.state(); g.next()
";
    t.same("an exception of the body's own finishes it", python, || {
        let mut g = drive(async |mut co| -> Result<(), Error> {
            co.yield_(1).await?;
            let _guard = Guard("body");
            Err("Oops")
        });
        g.start();
        g.next();
        g.state();
        g.next();
    });
    t.same(
        "an exception of the body's own finishes it: a panic, too",
        python,
        || {
            let mut g = drive(async |mut co| -> Result<(), Error> {
                co.yield_(1).await?;
                let _guard = Guard("body");
                raise("Oops")
            });
            g.start();
            g.next();
            g.state();
            g.next();
        },
    );
}
