//! Coroutines and gen blocks as a nightly compiler has them: a program of its own, without dependencies, that speaks the lines of `src/contestant/mod.rs`.
//!
//! `generators KIND SCENARIO VARIANT`; `src/kit/generator` says what is computed.
#![feature(coroutines, coroutine_trait, gen_blocks)]
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::io::{BufRead, stdin};
use std::ops::{Coroutine, CoroutineState};
use std::pin::{Pin, pin};
use std::time::Instant;

type Numbers = dyn Coroutine<Yield = u64, Return = ()>;
type Boxed = Pin<Box<Numbers>>;
type Iter = Box<dyn Iterator<Item = u64>>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let work: fn(u64) -> u64 = match names[..] {
        ["coroutine", "sum", "plain"] => |count| sum(pin!(numbers(count))),
        ["coroutine", "sum", "boxed"] => |count| sum(boxed(numbers(count)).as_mut()),
        ["gen", "sum", "plain"] => |count| fold_all(iter(count)),
        ["gen", "sum", "boxed"] => |count| fold_all(black_box(Box::new(iter(count)) as Iter)),
        ["coroutine", "send", "plain"] => |count| send(pin!(sums(count))),
        ["coroutine", "send", "boxed"] => |count| {
            let sums: Pin<Box<dyn Coroutine<u64, Yield = u64, Return = u64>>> =
                Box::pin(sums(count));
            send(black_box(sums).as_mut())
        },
        ["coroutine", "delegation", "static"] => {
            |count| sum(pin!(outer(outer(outer(outer(outer(numbers(count))))))))
        }
        ["coroutine", "delegation", "boxed chain"] => |count| {
            sum((0..5)
                .fold(boxed(numbers(count)), |inner, _| boxed(outer(inner)))
                .as_mut())
        },
        ["gen", "delegation", "static"] => {
            |count| fold_all(around(around(around(around(around(iter(count)))))))
        }
        ["gen", "delegation", "boxed chain"] => |count| {
            let innermost: Iter = Box::new(iter(count));
            fold_all((0..5).fold(innermost, |inner, _| black_box(Box::new(around(inner)))))
        },
        ["coroutine", "create", "created, dropped"] => |count| {
            each(count, |number| {
                black_box(&pin!(from(number)));
                number
            })
        },
        ["coroutine", "create", "created, started, dropped"] => {
            |count| each(count, |number| first(black_box(pin!(from(number)))))
        }
        ["coroutine", "create", "boxed, created, started, dropped"] => {
            |count| each(count, |number| first(boxed(from(number)).as_mut()))
        }
        ["gen", "create", "created, dropped"] => |count| {
            each(count, |number| {
                black_box(&iter_from(number));
                number
            })
        },
        ["gen", "create", "created, started, dropped"] => |count| {
            each(count, |number| {
                black_box(&mut iter_from(number)).next().unwrap()
            })
        },
        ["gen", "create", "boxed, created, started, dropped"] => |count| {
            each(count, |number| {
                black_box(Box::new(iter_from(number)) as Iter)
                    .next()
                    .unwrap()
            })
        },
        _ => panic!("{names:?} is not here"),
    };
    println!("ready");
    for line in stdin().lock().lines() {
        let count = line.unwrap().trim().parse().unwrap();
        let began = Instant::now();
        let proof = work(count);
        let took = began.elapsed().as_nanos();
        // It has one thread, which waits for nothing: its CPU time is the wall's.
        println!("{took} {took} {proof}");
    }
}

fn fold(sum: u64, number: u64) -> u64 {
    sum / 2 + number
}

fn fold_all(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut sum = 0;
    for number in numbers {
        sum = fold(sum, number);
    }
    sum
}

fn each(count: u64, work: impl Fn(u64) -> u64) -> u64 {
    fold_all((0..count).map(work))
}

fn numbers(count: u64) -> impl Coroutine<Yield = u64, Return = ()> + Unpin {
    #[coroutine]
    move || {
        for number in 0..count {
            yield number;
        }
    }
}

fn from(number: u64) -> impl Coroutine<Yield = u64, Return = ()> + Unpin {
    #[coroutine]
    move || {
        for number in number.. {
            yield number;
        }
    }
}

fn outer(
    inner: impl Coroutine<Yield = u64, Return = ()> + Unpin,
) -> impl Coroutine<Yield = u64, Return = ()> + Unpin {
    #[coroutine]
    move || {
        let mut inner = inner;
        while let CoroutineState::Yielded(number) = Pin::new(&mut inner).resume(()) {
            yield number;
        }
    }
}

fn boxed(numbers: impl Coroutine<Yield = u64, Return = ()> + 'static) -> Boxed {
    let boxed: Boxed = Box::pin(numbers);
    black_box(boxed)
}

fn first<C: Coroutine<Yield = u64, Return = ()> + ?Sized>(numbers: Pin<&mut C>) -> u64 {
    match numbers.resume(()) {
        CoroutineState::Yielded(number) => number,
        CoroutineState::Complete(()) => panic!("it has ended"),
    }
}

fn sum<C: Coroutine<Yield = u64, Return = ()> + ?Sized>(mut numbers: Pin<&mut C>) -> u64 {
    let mut sum = 0;
    while let CoroutineState::Yielded(number) = numbers.as_mut().resume(()) {
        sum = fold(sum, number);
    }
    sum
}

fn sums(count: u64) -> impl Coroutine<u64, Yield = u64, Return = u64> {
    #[coroutine]
    move |_: u64| {
        let mut sum = 0;
        for _ in 0..count {
            let sent = yield sum;
            sum = fold(sum, sent);
        }
        sum
    }
}

fn send<C: Coroutine<u64, Yield = u64, Return = u64> + ?Sized>(mut body: Pin<&mut C>) -> u64 {
    let (mut sums, mut number) = (0, 0);
    let mut state = body.as_mut().resume(0);
    loop {
        match state {
            CoroutineState::Yielded(sum) => sums = fold(sums, sum),
            CoroutineState::Complete(sum) => return sum + sums,
        }
        state = body.as_mut().resume(number);
        number += 1;
    }
}

fn iter(count: u64) -> impl Iterator<Item = u64> {
    gen move {
        for number in 0..count {
            yield number;
        }
    }
}

fn iter_from(number: u64) -> impl Iterator<Item = u64> {
    gen move {
        for number in number.. {
            yield number;
        }
    }
}

fn around(inner: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    gen move {
        for number in inner {
            yield number;
        }
    }
}
