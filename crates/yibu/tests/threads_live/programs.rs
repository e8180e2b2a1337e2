//! The programs. Where one waits for the end of `main`, it waits for its last statement and then some milliseconds, so that an end that does not wait is
//! found out; no order depends on that time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::time::Duration;

use yibu::thread::{self, Builder};

use super::{Program, say, trees};

pub(crate) static ALL: &[Program] = &[
    Program {
        name: "non-daemons, then hooks, and no daemon",
        python: r#"
import atexit, threading, time
end = threading.Event()
def worker():
    end.wait(); time.sleep(0.05); print("worker ends")
def daemon():
    try: threading.Event().wait()
    finally: print("daemon ends")
threading.Thread(target=worker).start()
threading.Thread(target=daemon, daemon=True).start()
atexit.register(print, "hook 1")
atexit.register(print, "hook 2")
print("main ends")
end.set()
"#,
        rust: || {
            let (ends, end) = channel::<()>();
            drop(thread::spawn(move || {
                end.recv().unwrap_err();
                pause();
                say("worker ends");
            }));
            thread::spawn_daemon(|| {
                let _ends = Says("daemon ends");
                thread::sleep(Duration::MAX);
            });
            thread::at_exit(|| say("hook 1"));
            thread::at_exit(|| say("hook 2"));
            say("main ends");
            drop(ends);
        },
    },
    Program {
        name: "threads that the last threads start",
        python: r#"
import atexit, threading, time
end = threading.Event()
def start(depth):
    end.wait(); time.sleep(0.01); print("thread", depth)
    if depth: threading.Thread(target=start, args=(depth - 1,)).start()
threading.Thread(target=start, args=(3,)).start()
atexit.register(print, "hook")
end.set()
"#,
        rust: || {
            fn start(depth: u32) {
                drop(thread::spawn(move || {
                    pause();
                    say(&format!("thread {depth}"));
                    if depth > 0 {
                        start(depth - 1);
                    }
                }));
            }
            start(3);
            thread::at_exit(|| say("hook"));
        },
    },
    Program {
        name: "a thread that a hook starts is not waited for",
        python: r#"
import atexit, threading, time
def late():
    time.sleep(30); print("late")
def hook():
    threading.Thread(target=late).start(); print("hook")
atexit.register(hook)
"#,
        rust: || {
            thread::at_exit(|| {
                drop(thread::spawn(|| {
                    thread::sleep(Duration::from_secs(30));
                    say("late");
                }));
                say("hook");
            });
        },
    },
    Program {
        name: "a hook that fails does not stop the others",
        python: r#"
import atexit
def fails(): print("fails"); raise ValueError("in a hook")
atexit.register(print, "first")
atexit.register(fails)
atexit.register(print, "last")
"#,
        rust: || {
            thread::at_exit(|| say("first"));
            thread::at_exit(|| {
                say("fails");
                panic!("in a hook");
            });
            thread::at_exit(|| say("last"));
        },
    },
    Program {
        name: "main fails",
        python: r#"
import atexit, threading, time
end = threading.Event()
def worker():
    end.wait(); time.sleep(0.05); print("worker ends")
threading.Thread(target=worker).start()
atexit.register(print, "hook")
try: raise ValueError("in main")
finally: end.set()
"#,
        rust: || {
            let (ends, end) = channel::<()>();
            drop(thread::spawn(move || {
                end.recv().unwrap_err();
                pause();
                say("worker ends");
            }));
            thread::at_exit(|| say("hook"));
            let _ends = ends;
            panic!("in main");
        },
    },
    Program {
        name: "daemons still run while hooks do",
        python: r#"
import atexit, queue, threading
asked, answers = queue.Queue(), queue.Queue()
def daemon():
    while True: answers.put(asked.get() + 1)
threading.Thread(target=daemon, daemon=True).start()
def hook(): asked.put(41); print(answers.get())
atexit.register(hook)
"#,
        rust: || {
            let (ask, asked) = channel();
            let (give, answers) = channel();
            thread::spawn_daemon(move || {
                for n in asked {
                    give.send(n + 1).unwrap();
                }
            });
            thread::at_exit(move || {
                ask.send(41).unwrap();
                say(&format!("{}", answers.recv().unwrap()));
            });
        },
    },
    Program {
        name: "join",
        python: r#"
import threading
go = threading.Event()
t = threading.Thread(target=go.wait)
t.start()
t.join(0); print(t.is_alive())
t.join(0.01); print(t.is_alive())
go.set()
t.join(60); print(t.is_alive())
def joins_itself():
    try: threading.current_thread().join()
    except RuntimeError: print("cannot join itself")
t = threading.Thread(target=joins_itself)
t.start()
t.join(); print(t.is_alive())
"#,
        // Python's booleans.
        rust: || {
            in_a_thread(|| {
                let say_alive = |is_alive| say(if is_alive { "True" } else { "False" });
                let (go, wait) = channel();
                let mut t = thread::spawn(move || wait.recv());
                assert!(t.join_timeout(Duration::ZERO).is_none());
                say_alive(!t.is_finished());
                assert!(t.join_timeout(Duration::from_millis(10)).is_none());
                say_alive(!t.is_finished());
                go.send(()).unwrap();
                assert!(t.join_timeout(Duration::from_secs(60)).is_some());
                say_alive(!t.is_finished());

                let (give, own) = channel::<thread::JoinHandle<()>>();
                let (done, end) = channel::<()>();
                let t = thread::spawn(move || {
                    let own = own.recv().unwrap();
                    if catch_unwind(AssertUnwindSafe(|| own.join())).is_err() {
                        say("cannot join itself");
                    }
                    drop(done);
                });
                give.send(t).unwrap();
                end.recv().unwrap_err();
                say_alive(false);
            });
        },
    },
    Program {
        name: "a thread that fails is reported, and fails nobody else",
        python: r#"
import threading
threading.excepthook = lambda args: print("hook:", args.thread.name, args.exc_value)
def fails(): raise ValueError("no luck")
for daemon in (False, True):
    t = threading.Thread(target=fails, name="unlucky", daemon=daemon)
    t.start(); t.join()
print("main ends")
"#,
        rust: || {
            thread::set_panic_hook(|panic| {
                let message = panic.message().unwrap();
                say(&format!("hook: {} {message}", panic.thread().name()));
            });
            let unlucky = || Builder::new().name("unlucky");
            let t = unlucky().spawn(|| panic!("no luck")).unwrap();
            until(|| t.is_finished());
            drop(t);
            let t = unlucky().spawn_daemon(|| panic!("no luck")).unwrap();
            until(|| t.is_finished());
            say("main ends");
        },
    },
    Program {
        name: "who is whose daemon",
        python: trees::PYTHON,
        rust: trees::rust,
    },
];

/// Says so when it is dropped.
struct Says(&'static str);

impl Drop for Says {
    fn drop(&mut self) {
        say(self.0);
    }
}

/// Long enough for a `main` that does not wait to be gone.
fn pause() {
    thread::sleep(Duration::from_millis(50));
}

/// A join blocks, which the thread of a loop must not.
fn in_a_thread(f: impl FnOnce() + Send + 'static) {
    let (done, end) = channel();
    drop(thread::spawn(move || {
        f();
        done.send(()).unwrap();
    }));
    end.recv().unwrap();
}

fn until(done: impl Fn() -> bool) {
    while !done() {
        std::thread::yield_now();
    }
}
