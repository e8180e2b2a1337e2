//! PEP 342: `try` and `finally` around a `yield`; generators in loops.

use std::pin::pin;

use yibu::generator::generator;

use super::driver::{Error, Guard, Sent, drive, say};
use super::{Difference, Table};

pub(super) fn add(t: &mut Table) {
    finally(t);
    iterating(t);
}

fn finally(t: &mut Table) {
    let python = "
def body():
    try: yield 1
    finally: say('finally a')
    yield 2
g = drive(body()); g.start(); g.next(); g.next()
";
    t.same(
        "\"allow yield to be used in try/finally blocks\"",
        python,
        || {
            let mut g = drive(async |mut co| {
                let guard = Guard("a");
                co.yield_(1).await?;
                drop(guard);
                co.yield_(2).await?;
                Ok(())
            });
            g.start();
            g.next();
            g.next();
        },
    );

    let python = "
def body():
    with guard('a'):
        with guard('b'):
            yield 1
            return 2
g = drive(body()); g.start(); g.next()
";
    t.same("a return runs the blocks, innermost first", python, || {
        let mut g = drive(async |mut co| {
            let _a = Guard("a");
            let _b = Guard("b");
            co.yield_(1).await?;
            Ok(2)
        });
        g.start();
        g.next();
    });

    let python = "
def body():
    try: yield 1
    finally:
        say('finally'); yield 2
        say('on')
g = drive(body()); g.start(); g.throw(Oops()); g.next()
";
    t.same(
        "a finally that yields, while an exception waits",
        python,
        || {
            let mut g = drive(async |mut co| {
                let outcome = co.yield_(1).await;
                say!("finally");
                co.yield_(2).await?;
                say!("on");
                outcome.map(drop)
            });
            g.start();
            g.throw("Oops");
            g.next();
        },
    );

    let python = "
def body():
    try: yield 1
    finally: return 5
g = drive(body()); g.start(); g.throw(Oops())
";
    let why = Difference {
        why: "a destructor returns nothing, so it cannot swallow an error",
        python: &["yielded 1", "complete 5"],
        rust: &["yielded 1", "finally a", "raised Oops"],
    };
    t.differs(
        "a finally that returns swallows the exception",
        why,
        python,
        || {
            let mut g = drive(async |mut co| {
                let _a = Guard("a");
                co.yield_(1).await?;
                Ok(5)
            });
            g.start();
            g.throw("Oops");
        },
    );
}

fn iterating(t: &mut Table) {
    let python = "
def body():
    with guard('body'):
        for i in range(3): yield i
    return 9
for i in body(): say(i)
say('end')
";
    t.same(
        "a for loop sends None, stops at the end, and drops what was returned",
        python,
        || {
            let body = pin!(generator(async |mut co| {
                let _guard = Guard("body");
                for i in 0_i64..3 {
                    co.yield_(i).await;
                }
                9
            }));
            for i in body {
                say!(i);
            }
            say!("end");
        },
    );

    let python = "
def body():
    with guard('body'):
        n = 0
        while True:
            yield n
            n += 1
def stop():
    for i in body():
        say(i)
        if i == 2: break
stop()
say('end')
";
    t.same(
        "a for loop that is left closes its generator",
        python,
        || {
            fn stop() {
                let body = pin!(generator(async |mut co| -> () {
                    let _guard = Guard("body");
                    for n in 0_i64.. {
                        co.yield_(n).await;
                    }
                }));
                for i in body {
                    say!(i);
                    if i == 2 {
                        break;
                    }
                }
            }
            stop();
            say!("end");
        },
    );

    let python = "
def body():
    for i in range(4): yield i
g = body()
for i in g:
    say(i)
    if i == 1: break
say('between')
for i in g: say(i)
for i in g: say('never')
say(next(g, None))
";
    t.same("a second loop goes on where the first was left, and one over a finished generator is empty", python, || {
        let mut g = pin!(generator(async |mut co| {
            for i in 0_i64..4 {
                co.yield_(i).await;
            }
        }));
        for i in g.as_mut() {
            say!(i);
            if i == 1 {
                break;
            }
        }
        say!("between");
        for i in g.as_mut() {
            say!(i);
        }
        for _ in g.as_mut() {
            say!("never");
        }
        say!(g.as_mut().next());
    });

    let python = "
def body():
    got = yield 1
    say('got', got)
    yield 2
g = drive(body())
for i in g.generator:
    say(i); break
g.send(7); g.next()
";
    t.same("a loop that is left, and then a send", python, || {
        // What can be sent makes it no iterator here; a loop over such a one is written out.
        let mut g = pin!(generator::<i64, Sent, Result<(), Error>, _>(
            async |mut co| {
                say!("got", co.yield_(1).await?);
                co.yield_(2).await?;
                Ok(())
            }
        ));
        use yibu::generator::GeneratorState::{Complete, Yielded};
        let mut state = g.as_mut().start();
        if let Yielded(i) = state {
            say!(i);
            state = g.as_mut().resume(Ok(Some(7)));
        }
        while let Yielded(i) = state {
            say!("yielded", i);
            state = g.as_mut().resume(Ok(None));
        }
        assert_eq!(state, Complete(Ok(())));
        say!("complete", ());
    });
}
