//! This library's side: the same words as the Python prelude's.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Mutex;

use yibu::generator::{
    Body, Co, Generator, GeneratorState, LocalBoxGenerator, ResumeError, StartError, generator,
};

/// Python's exceptions here.
pub(super) type Error = &'static str;

/// What is sent: a value, `None` as by `next`, or an error that is thrown.
pub(super) type Sent = Result<Option<i64>, Error>;

thread_local! {
    static TRACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static HELD: Cell<Held> = const { Cell::new(Held::Pinned) };
}

/// How the generators of [`drive`] are held.
#[derive(Clone, Copy)]
pub(super) enum Held {
    Pinned,
    Boxed,
}

/// What a program writes down.
pub(super) fn trace(held: Held, program: &dyn Fn()) -> Vec<String> {
    HELD.set(held);
    TRACE.take();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(program)) {
        write(format!("the program: {}", raised(&*panic)));
    }
    TRACE.take()
}

pub(super) fn write(line: String) {
    TRACE.with_borrow_mut(|trace| trace.push(line));
}

/// Python's `say`.
macro_rules! say {
    ($($word:expr),+) => {
        $crate::driver::write([$($crate::driver::Show::show(&$word)),+].join(" "))
    };
}
pub(super) use say;

/// As Python's `str`.
pub(super) trait Show {
    fn show(&self) -> String;
}

impl Show for () {
    fn show(&self) -> String {
        "None".into()
    }
}

impl Show for i64 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for &str {
    fn show(&self) -> String {
        (*self).to_owned()
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "None".into(), Show::show)
    }
}

/// Python's `finally`, `with guard(name)`.
pub(super) struct Guard(pub(super) &'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        say!("finally", self.0);
    }
}

/// Is never dropped: Python's programs end without dropping what they have. A leak checker finds it here.
pub(super) fn leave<T>(generator: T) {
    static LEFT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let left = std::ptr::from_mut(Box::leak(Box::new(generator))) as usize;
    LEFT.lock().unwrap().push(left);
}

/// A panic, without the hook's message: Python's `raise`, where no value can carry it.
pub(super) fn raise(error: Error) -> ! {
    resume_unwind(Box::new(error))
}

fn raised(panic: &(dyn Any + Send)) -> String {
    let str = panic.downcast_ref::<&str>().copied();
    let text = str.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("raised {}", text.unwrap_or("something"))
}

/// A generator, of which each call writes down what it came to.
pub(super) enum Driver<'a, Y, T, B> {
    Pinned(Pin<Box<Generator<Y, Sent, B>>>),
    Boxed(LocalBoxGenerator<'a, Y, Sent, Result<T, Error>>),
}

/// Python's `drive(body())`.
pub(super) fn drive<'a, Y: 'a, T: 'a, F>(
    body: F,
) -> Driver<'a, Y, T, impl Body<Y, Sent, Return = Result<T, Error>>>
where
    F: for<'b> AsyncFnOnce(Co<'b, Y, Sent>) -> Result<T, Error> + 'a,
{
    match HELD.get() {
        Held::Pinned => Driver::Pinned(Box::pin(generator(body))),
        Held::Boxed => Driver::Boxed(generator(body).boxed_local()),
    }
}

/// A call, whichever way it is held.
macro_rules! on {
    ($driver:expr, $generator:ident => $call:expr) => {
        match $driver {
            Driver::Pinned(generator) => {
                #[allow(unused_mut)] // Some calls need it.
                let mut $generator = generator.as_mut();
                $call
            }
            Driver::Boxed($generator) => $call,
        }
    };
}

impl<Y: Show, T: Show, B: Body<Y, Sent, Return = Result<T, Error>>> Driver<'_, Y, T, B> {
    pub(super) fn state(&self) {
        let (is_started, is_finished) = match self {
            Driver::Pinned(it) => (it.is_started(), it.is_finished()),
            Driver::Boxed(it) => (it.is_started(), it.is_finished()),
        };
        let unfinished = if is_started { "suspended" } else { "created" };
        say!(if is_finished { "closed" } else { unfinished });
    }

    /// Python's `next`, of a fresh one.
    pub(super) fn start(&mut self) {
        write_panic(|| {
            let started = on!(self, it => it.try_start());
            write(started.map_or_else(start_error, state));
        });
    }

    /// Python's `next`, which sends `None`.
    pub(super) fn next(&mut self) {
        self.resume(Ok(None));
    }

    pub(super) fn send(&mut self, value: i64) {
        self.resume(Ok(Some(value)));
    }

    fn resume(&mut self, sent: Sent) {
        write_panic(|| {
            let resumed = on!(self, it => it.try_resume(sent));
            write(resumed.map_or_else(resume_error, state));
        });
    }

    pub(super) fn throw(&mut self, error: Error) {
        write_panic(|| {
            let thrown = on!(self, it => it.throw(error));
            write(thrown.map_or_else(|error| format!("raised {error}"), state));
        });
    }

    pub(super) fn close(&mut self) {
        write_panic(|| {
            on!(self, it => it.close());
            say!("closed");
        });
    }

    pub(super) fn drop(self) {
        write_panic(|| drop(self));
        say!("dropped");
    }
}

fn write_panic(call: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(call)) {
        write(raised(&*panic));
    }
}

fn state<Y: Show, T: Show>(state: GeneratorState<Y, Result<T, Error>>) -> String {
    match state {
        GeneratorState::Yielded(value) => format!("yielded {}", value.show()),
        GeneratorState::Complete(Ok(value)) => format!("complete {}", value.show()),
        GeneratorState::Complete(Err(error)) => format!("raised {error}"),
    }
}

fn start_error(error: StartError) -> String {
    let why = match error {
        StartError::Started => "started",
        StartError::Finished => "finished",
        StartError::Foreign => "foreign",
    };
    format!("refused {why}")
}

fn resume_error(error: ResumeError<Sent>) -> String {
    let why = match error {
        ResumeError::JustStarted(_) => "just started",
        ResumeError::Finished(_) => "finished",
        ResumeError::Foreign(_) => "foreign",
    };
    format!("refused {why}")
}
