//! PEP 380: `yield from` what is no generator, and what is somebody else's.

use std::cell::Cell;
use std::pin::pin;

use yibu::generator::{Co, generator};

use super::driver::{Error, Guard, Sent, drive, say};
use super::pep380::{inner, with_inner};
use super::{Difference, Table};

pub(super) fn add(t: &mut Table) {
    iterables(t);
    apart(t);
}

fn iterables(t: &mut Table) {
    let python = "
def outer():
    yield from [1, 2]
    yield from range(3, 5)
    yield from []
for n in outer(): say(n)
";
    t.same(
        "any iterable, \"from which an iterator is extracted\"",
        python,
        || {
            let outer = pin!(generator(async |mut co| {
                co.yield_all([1, 2]).await;
                co.yield_all(3..5).await;
                co.yield_all([]).await;
            }));
            for n in outer {
                say!(n as i64);
            }
        },
    );

    let python = "
class Numbers:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        if self.n == 2: raise StopIteration
        self.n += 1
        return self.n
def outer(): say('value', (yield from Numbers()))
for n in outer(): say(n)
";
    t.same(
        "an iterator that is no generator, whose end has no value",
        python,
        || {
            let outer = pin!(generator(async |mut co| {
                let mut n = 0;
                let numbers = std::iter::from_fn(move || {
                    n += 1;
                    (n <= 2).then_some(n)
                });
                say!("value", co.yield_all(numbers).await);
            }));
            for n in outer {
                say!(n as i64);
            }
        },
    );

    let python = "
def outer():
    try: yield from [1, 2]
    except Oops: say('caught')
    yield 3
g = drive(outer()); g.start(); g.throw(Oops()); g.next()
";
    t.same(
        "thrown into one whose iterator has no throw(): raised at the yield from",
        python,
        || {
            let mut g = drive(async |mut co| {
                for n in [1, 2] {
                    if co.yield_(n).await.is_err() {
                        say!("caught");
                        break;
                    }
                }
                co.yield_(3).await?;
                Ok(())
            });
            g.start();
            g.throw("Oops");
            g.next();
        },
    );

    let python = "
def outer(): yield from [1, 2, 3]
g = drive(outer()); g.start(); g.send(7)
";
    let why = Difference {
        why: "an iterator cannot be sent anything, and the types say so: yield_all is for generators that are sent nothing; where values are sent, a loop says what becomes of them",
        python: &[
            "yielded 1",
            "raised AttributeError: 'list_iterator' object has no attribute 'send'",
        ],
        rust: &["yielded 1", "ignored 7", "yielded 2"],
    };
    t.differs(
        "a value that is sent to an iterator that has no send()",
        why,
        python,
        || {
            let mut g = drive(async |mut co| {
                for n in [1, 2, 3] {
                    if let Some(sent) = co.yield_(n).await? {
                        say!("ignored", sent);
                    }
                }
                Ok(())
            });
            g.start();
            g.send(7);
        },
    );
}

fn apart(t: &mut Table) {
    let python = with_inner(
        "
sub = drive(inner())
def outer():
    with guard('outer'): yield from sub.generator
g = drive(outer()); g.start(); g.close(); sub.state(); sub.next()
",
    );
    let why = Difference {
        why: "who makes a generator closes it: yield_from borrows one that is another's, and closing the borrower gives it back",
        python: &[
            "yielded 1",
            "finally inner",
            "finally outer",
            "closed",
            "closed",
            "refused finished",
        ],
        rust: &[
            "yielded 1",
            "finally outer",
            "closed",
            "suspended",
            "inner got None",
            "yielded 2",
            "finally inner",
        ],
    };
    t.differs(
        "closing one that delegates to a generator that it does not own",
        why,
        &python,
        || {
            let mut sub = pin!(generator(inner));
            let mut g = drive(async |mut co| {
                let _outer = Guard("outer");
                co.yield_from(sub.as_mut()).await
            });
            g.start();
            g.close();
            drop(g);
            say!(if sub.is_finished() {
                "closed"
            } else {
                "suspended"
            });
            let yibu::generator::GeneratorState::Yielded(next) = sub.as_mut().resume(Ok(None))
            else {
                panic!("it yields twice");
            };
            say!("yielded", next);
        },
    );

    let python = with_inner(
        "
def outer(): return (yield from sub)
sub = inner(); next(sub)
g = drive(outer()); g.start(); g.next()
",
    );
    let why = Difference {
        why: "the generator that is suspended waits for a value, and yield_from has none to send; one of that was sent nothing is an iterator, for yield_all (see the next case)",
        python: &[
            "inner got None",
            "yielded 2",
            "inner got None",
            "finally inner",
            "complete 3",
        ],
        rust: &[
            "raised the generator was started before: resume it",
            "refused finished",
            "finally inner",
        ],
    };
    t.differs(
        "delegating to a generator that was started",
        why,
        &python,
        || {
            let mut sub = pin!(generator(inner));
            let _ = sub.as_mut().start();
            let mut g = drive(async |mut co| co.yield_from(sub.as_mut()).await);
            g.start();
            g.next();
        },
    );

    let python = "
def inner():
    for n in range(4): yield n
sub = inner()
def outer():
    say(next(sub)); yield from sub
for n in outer(): say('outer', n)
";
    t.same("delegating to the rest of an iterator", python, || {
        let mut sub = pin!(generator(async |mut co| co.yield_all(0_i64..4).await));
        let outer = pin!(generator(async |mut co| {
            say!(sub.as_mut().next());
            co.yield_all(sub).await;
        }));
        for n in outer {
            say!("outer", n);
        }
    });

    let python = with_inner(
        "
sub = inner(); list(sub)
def outer(): say('value', (yield from sub))
g = drive(outer()); g.start()
",
    );
    let why = Difference {
        why: "its value was given away, and there is no None to stand for it: an assertion",
        python: &[
            "inner got None",
            "inner got None",
            "finally inner",
            "value None",
            "complete None",
        ],
        rust: &[
            "inner got None",
            "inner got None",
            "finally inner",
            "raised the generator has finished: its body has returned, was closed, or panicked",
        ],
    };
    t.differs(
        "delegating to a generator that has finished",
        why,
        &python,
        || {
            let mut sub = pin!(generator(inner));
            let _ = sub.as_mut().start();
            let _ = sub.as_mut().resume(Ok(None));
            let _ = sub.as_mut().resume(Ok(None));
            let mut g = drive(async |mut co| Ok(say!("value", co.yield_from(sub.as_mut()).await?)));
            g.start();
        },
    );

    let python = with_inner(
        "
shared = inner()
def outer(): return (yield from shared)
g = drive(outer()); g.start(); say('behind', next(shared)); g.next()
",
    );
    let why = Difference {
        why: "yield_from borrows the generator exclusively for as long as it delegates, so nobody advances it behind the outer one's back",
        python: &[
            "yielded 1",
            "inner got None",
            "behind 2",
            "inner got None",
            "finally inner",
            "complete 3",
        ],
        rust: &[
            "yielded 1",
            "inner got None",
            "yielded 2",
            "inner got None",
            "finally inner",
            "complete 3",
        ],
    };
    t.differs(
        "an inner generator that is advanced behind the outer one's back",
        why,
        &python,
        || {
            let mut sub = pin!(generator(inner));
            let mut g = drive(async |mut co| co.yield_from(sub.as_mut()).await);
            g.start();
            g.next();
            g.next();
        },
    );

    let python = "
def outer():
    try: yield from 5
    except TypeError as e: say(e)
    yield 1
g = drive(outer()); g.start()
";
    let why = Difference {
        why: "what is no iterator does not compile",
        python: &["'int' object is not iterable", "yielded 1"],
        rust: &["yielded 1"],
    };
    t.differs(
        "yield from something that is not iterable",
        why,
        python,
        || {
            let mut g = drive(async |mut co| co.yield_(1).await.map(drop));
            g.start();
        },
    );

    let python = "
result = []
def tally():
    total = 0
    while True:
        n = yield
        if n is None: return total
        total += n
def gather():
    while True: result.append((yield from tally()))
g = drive(gather()); g.start()
for n in (1, 2, None, 10, None): g.send(n)
say(*result)
";
    t.same(
        "the documentation's accumulator: an inner one for each series",
        python,
        || {
            async fn tally(mut co: Co<'_, (), Sent>) -> Result<i64, Error> {
                let mut total = 0;
                while let Some(n) = co.yield_(()).await? {
                    total += n;
                }
                Ok(total)
            }
            let result = Cell::new([0; 2]);
            let mut at = 0;
            let mut g = drive(async |mut co| -> Result<(), Error> {
                loop {
                    let total = tally(co.reborrow()).await?;
                    let mut totals = result.get();
                    totals[at] = total;
                    result.set(totals);
                    at += 1;
                }
            });
            g.start();
            for n in [Some(1), Some(2), None, Some(10), None] {
                match n {
                    Some(n) => g.send(n),
                    None => g.next(),
                }
            }
            drop(g);
            say!(result.get()[0], result.get()[1]);
        },
    );
}
