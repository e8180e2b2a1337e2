//! Programs that have no counterpart in Python: what they print is said here.

use std::sync::mpsc::channel;
use std::time::Duration;

use yibu::thread::{self, Builder, Kill};

use super::say;

pub(crate) struct Alone {
    pub(crate) name: &'static str,
    /// The trace.
    pub(crate) prints: &'static str,
    /// Whether this is what is expected on standard error.
    pub(crate) complains: fn(&str) -> bool,
    pub(crate) main: fn(),
}

pub(crate) static ALL: &[Alone] = &[
    Alone {
        name: "a panic that nobody joins",
        prints: "",
        complains: |text| {
            let mut lines = text.lines().filter(|line| line.starts_with("yibu: "));
            let line = lines.next().unwrap_or_default();
            line.starts_with("yibu: thread unlucky started at crates/yibu/tests/")
                && line.ends_with(" panicked: no luck (nobody joined it)")
                && lines.next().is_none()
        },
        main: || {
            let _end = thread::main_scope();
            drop(Builder::new().name("unlucky").spawn(|| panic!("no luck")));
        },
    },
    Alone {
        name: "a kill is quiet",
        prints: "dropped\n",
        complains: str::is_empty,
        main: || {
            let daemon = thread::spawn_daemon(|| {
                let _says = Says;
                thread::sleep(Duration::MAX);
            });
            assert_eq!(daemon.kill(Duration::from_secs(60)), Kill::Ended);
        },
    },
    Alone {
        name: "each run on the main thread ends what was begun by then",
        prints: "thread 1\nhook 1\nmain\nthread 2\nhook 2\n",
        complains: str::is_empty,
        main: || {
            yibu::run(async { begin(1) });
            say("main");
            yibu::run(async { begin(2) });
        },
    },
    Alone {
        name: "a scope around several runs ends once",
        prints: "main\nthread 1\nthread 2\nhook 2\nhook 1\n",
        complains: str::is_empty,
        main: || {
            let (ends, end) = channel::<()>();
            let scope = thread::main_scope();
            yibu::run(async move {
                drop(thread::spawn(move || {
                    end.recv().unwrap_err();
                    say("thread 1");
                    thread::spawn(|| say("thread 2")).join().unwrap();
                }));
                thread::at_exit(|| say("hook 1"));
            });
            yibu::run(async { thread::at_exit(|| say("hook 2")) });
            // A scope within is no end either.
            drop(thread::main_scope());
            say("main");
            drop(ends);
            scope.end();
        },
    },
    Alone {
        name: "a run on another thread waits for nobody",
        prints: "ran\n",
        complains: str::is_empty,
        main: || {
            let (_ends, end) = channel::<()>();
            let other = std::thread::spawn(|| {
                yibu::run(async {
                    drop(thread::spawn(move || end.recv()));
                    thread::at_exit(|| say("hook"));
                });
                say("ran");
            });
            other.join().unwrap();
        },
    },
    Alone {
        name: "an exit waits for nobody and calls no hook",
        prints: "exits\n",
        complains: str::is_empty,
        main: || {
            let _end = thread::main_scope();
            drop(thread::spawn(|| thread::sleep(Duration::MAX)));
            thread::at_exit(|| say("hook"));
            say("exits");
            std::process::exit(0);
        },
    },
    Alone {
        name: "a hook that a hook gives is called next",
        prints: "2\n3\n1\n",
        complains: str::is_empty,
        main: || {
            let _end = thread::main_scope();
            thread::at_exit(|| say("1"));
            thread::at_exit(|| {
                thread::at_exit(|| say("3"));
                say("2");
            });
        },
    },
    Alone {
        name: "the end waits for the destructors of thread-locals",
        prints: "dropped\n",
        complains: str::is_empty,
        main: || {
            thread_local!(static LOCAL: Late = const { Late });
            let _end = thread::main_scope();
            drop(thread::spawn(|| LOCAL.with(|_| ())));
        },
    },
    Alone {
        name: "a scope on a thread of ours does not wait for that thread",
        prints: "inner\nouter\n",
        complains: str::is_empty,
        main: || {
            let outer = thread::spawn(|| {
                let end = thread::main_scope();
                drop(thread::spawn(|| say("inner")));
                end.end();
                say("outer");
            });
            outer.join().unwrap();
        },
    },
];

fn begin(n: u32) {
    drop(thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        say(&format!("thread {n}"));
    }));
    thread::at_exit(move || say(&format!("hook {n}")));
}

/// Says so when it is dropped.
struct Says;

impl Drop for Says {
    fn drop(&mut self) {
        say("dropped");
    }
}

/// The same, some time after it is dropped.
struct Late;

impl Drop for Late {
    fn drop(&mut self) {
        thread::sleep(Duration::from_millis(50));
        say("dropped");
    }
}
