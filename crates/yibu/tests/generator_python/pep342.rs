//! PEP 342: `yield` as an expression, `send`.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use yibu::generator::{LocalBoxGenerator, generator};

use super::driver::{Error, Guard, Sent, drive, say};
use super::{Difference, Table};

pub(super) fn add(t: &mut Table) {
    starting(t);
    sending(t);
}

fn starting(t: &mut Table) {
    let python = "
def body():
    say('runs'); yield 1
g = drive(body()); say('made'); g.state(); g.start(); g.state(); g.next(); g.state()
";
    t.same("nothing runs before the first next", python, || {
        let mut g = drive(async |mut co| {
            say!("runs");
            co.yield_(1).await?;
            Ok(())
        });
        say!("made");
        g.state();
        g.start();
        g.state();
        g.next();
        g.state();
    });

    let python = "
def body(): say('got', (yield 1))
g = drive(body()); g.send(7); g.state(); g.start(); g.send(8)
";
    t.same("\"calling send() with a non-None argument is prohibited when the generator iterator has just started\"", python, || {
        let mut g = drive(async |mut co| Ok(say!("got", co.yield_(1).await?)));
        g.send(7);
        g.state();
        g.start();
        g.send(8);
    });

    let python = "
def body(): say('got', (yield 1))
g = drive(body()); g.send(None); g.send(None)
";
    let why = Difference {
        why: "`None` is a value like another of the type that is sent, so sending it to a just-started generator is refused, too; `start` sends nothing",
        python: &["yielded 1", "got None", "complete None"],
        rust: &["refused just started", "refused just started"],
    };
    t.differs("send(None) starts", why, python, || {
        let mut g = drive(async |mut co| Ok(say!("got", co.yield_(1).await?)));
        g.next();
        g.next();
    });

    let python = "
def body():
    yield 1; yield 2
g = drive(body()); g.start(); g.start()
";
    let why = Difference {
        why: "`start` is said where it is known to be the first; the generator that runs already is told from it, so that no value gets lost by a second one",
        python: &["yielded 1", "yielded 2"],
        rust: &["yielded 1", "refused started"],
    };
    t.differs("next is next, the first or a later", why, python, || {
        let mut g = drive(async |mut co| {
            co.yield_(1).await?;
            co.yield_(2).await?;
            Ok(())
        });
        g.start();
        g.start();
    });

    let python = "
def body(n):
    say('starts with', n)
    for i in range(n): yield i
a, b = drive(body(2)), drive(body(1))
a.start(); b.start(); a.next(); b.next(); a.next()
";
    t.same(
        "each call makes a generator with locals of its own",
        python,
        || {
            let make = |n: i64| {
                drive(async move |mut co| {
                    say!("starts with", n);
                    for i in 0..n {
                        co.yield_(i).await?;
                    }
                    Ok(())
                })
            };
            let (mut a, mut b) = (make(2), make(1));
            a.start();
            b.start();
            a.next();
            b.next();
            a.next();
        },
    );

    let python = "
def body():
    return 5
    yield
g = drive(body()); g.start(); g.next(); g.send(1); g.state()
";
    t.same("a body that returns before it yields", python, || {
        let mut g = drive(async |_co: yibu::generator::Co<'_, i64, Sent>| Ok(5));
        g.start();
        g.next();
        g.send(1);
        g.state();
    });
}

fn sending(t: &mut Table) {
    let python = "
def body():
    got = yield 1; say('got', got)
    got = yield got + 1; say('got', got)
g = drive(body()); g.start(); g.send(7); g.send(8)
";
    t.same("\"the yield-expression's value is the value sent\", and send() \"returns the next value yielded\"", python, || {
        let mut g = drive(async |mut co| {
            let got = co.yield_(1).await?;
            say!("got", got);
            let got = co.yield_(got.unwrap() + 1).await?;
            say!("got", got);
            Ok(())
        });
        g.start();
        g.send(7);
        g.send(8);
    });

    let python = "
def body(): say('got', (yield 1))
g = drive(body()); g.start(); g.next()
";
    t.same(
        "\"the value of the yield-expression is None if next() is called\"",
        python,
        || {
            let mut g = drive(async |mut co| Ok(say!("got", co.yield_(1).await?)));
            g.start();
            g.next();
        },
    );

    let python = "
def body(): yield
g = drive(body()); g.start(); g.next()
";
    t.same(
        "\"yield without an expression is now legal\": it yields None",
        python,
        || {
            let mut g = drive(async |mut co| co.yield_(()).await.map(drop));
            g.start();
            g.next();
        },
    );

    let python = "
def body(): say('called with', (yield 1), (yield 2))
g = drive(body()); g.start(); g.send(10); g.send(20)
";
    t.same(
        "yields among a call's arguments, in their order",
        python,
        || {
            let mut g = drive(async |mut co| {
                say!("called with", co.yield_(1).await?, co.yield_(2).await?);
                Ok(())
            });
            g.start();
            g.send(10);
            g.send(20);
        },
    );

    let python = "
def body():
    x = 12 + (yield 42); say(x)
    y = (yield (yield 1)); say(y)
g = drive(body()); g.start(); g.send(3); g.send(4); g.send(5)
";
    t.same(
        "a yield as operand, and a yield of what a yield gave",
        python,
        || {
            let mut g = drive(async |mut co| {
                let x = 12 + co.yield_(42).await?.unwrap();
                say!(x);
                let inner = co.yield_(1).await?.unwrap();
                say!(co.yield_(inner).await?);
                Ok(())
            });
            g.start();
            g.send(3);
            g.send(4);
            g.send(5);
        },
    );

    let python = "
def body():
    yield 1
    return 9
g = drive(body()); g.start(); g.send(2); g.send(3); g.next(); g.state()
";
    t.same("send() \"raises StopIteration if the generator exits without yielding\", and again ever after", python, || {
        let mut g = drive(async |mut co| {
            co.yield_(1).await?;
            Ok(9)
        });
        g.start();
        g.send(2);
        g.send(3);
        g.next();
        g.state();
    });

    let python = "
def body():
    total = count = 0
    while True:
        number = yield total // count if count else None
        total += number; count += 1
g = drive(body()); g.start(); g.send(10); g.send(20); g.send(60); g.close()
";
    t.same("a running average", python, || {
        let mut g = drive(async |mut co| -> Result<(), Error> {
            let (mut total, mut count) = (0, 0);
            loop {
                let average = (count > 0).then(|| total / count);
                total += co.yield_(average).await?.unwrap();
                count += 1;
            }
        });
        g.start();
        g.send(10);
        g.send(20);
        g.send(60);
        g.close();
    });

    let python = "
def consumer():
    with guard('consumer'):
        while True: say('takes', (yield))
def producer(to):
    for i in range(3): to.send(i); yield i
c = consumer(); next(c)
p = drive(producer(c)); p.start(); p.next(); p.next(); p.next()
c.close()
";
    t.same(
        "the PEP's pipeline: a producer that sends to a consumer",
        python,
        || {
            let mut consumer = pin!(generator(async |mut co| -> () {
                let _guard = Guard("consumer");
                loop {
                    say!("takes", co.yield_(()).await);
                }
            }));
            let _ = consumer.as_mut().start();
            let mut to = consumer.as_mut();
            let mut p = drive(async move |mut co| {
                for i in 0..3 {
                    let _ = to.as_mut().resume(i);
                    co.yield_(i).await?;
                }
                Ok(())
            });
            p.start();
            p.next();
            p.next();
            p.next();
            drop(p);
            consumer.close();
        },
    );

    let python = "
def body():
    say('enters')
    try: g.next()
    except ValueError as e: say(e)
    yield 1
g = drive(body()); g.start()
";
    let why = Difference {
        why: "a resume borrows its generator exclusively, so one that resumes itself does not compile; what a RefCell makes of it compiles, and refuses",
        python: &[
            "enters",
            "raised ValueError: generator already executing",
            "yielded 1",
        ],
        rust: &["enters", "raised already borrowed", "yielded 1"],
    };
    t.differs("a generator that resumes itself", why, python, || {
        type Shared = RefCell<Option<LocalBoxGenerator<'static, i64, (), ()>>>;
        let shared: Rc<Shared> = Rc::default();
        let again = Rc::downgrade(&shared);
        let g = generator(async move |mut co| {
            say!("enters");
            match again.upgrade().unwrap().try_borrow_mut() {
                Ok(_) => say!("raised nothing"),
                Err(_) => say!("raised already borrowed"),
            }
            co.yield_(1).await;
        });
        shared.replace(Some(g.boxed_local()));
        let next = shared.borrow_mut().as_mut().unwrap().next();
        say!("yielded", next);
    });
}
