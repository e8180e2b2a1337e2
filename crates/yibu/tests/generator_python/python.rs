//! CPython's side: all programs in one process.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Between two programs, and between two traces.
const BETWEEN: &str = "\n#---- next\n";

/// What the programs have: `say`, `guard`, `drive`, and two exceptions. Each line of a trace is what a call came to: `yielded`, `complete` (`StopIteration`), `raised`; or `refused`, where the generator
/// was asked for what its state does not allow.
const PRELUDE: &str = r##"
import gc, inspect, os, sys
BETWEEN = "\n#---- next\n"
def say(*words): trace.append(" ".join(map(str, words)))
class Oops(Exception): pass
class Other(Exception): pass
class guard:
    def __init__(self, name): self.name = name
    def __enter__(self): return self
    def __exit__(self, *_): say("finally", self.name)
def described(e):
    if isinstance(e, TypeError) and "just-started" in str(e): return "refused just started"
    return f"raised {type(e).__name__}" + (f": {e}" if e.args else "")
class drive:
    def __init__(self, generator): self.generator = generator
    def state(self):
        say(inspect.getgeneratorstate(self.generator)[4:].lower())
    def call(self, f):
        closed = inspect.getgeneratorstate(self.generator) == inspect.GEN_CLOSED
        try: say("yielded", f())
        except StopIteration as e: say("refused finished") if closed else say("complete", e.value)
        except BaseException as e: say(described(e))
    def start(self): self.call(lambda: next(self.generator))
    def next(self): self.call(lambda: next(self.generator))
    def send(self, value): self.call(lambda: self.generator.send(value))
    def throw(self, error): self.call(lambda: self.generator.throw(error))
    def close(self):
        try: self.generator.close(); say("closed")
        except BaseException as e: say(described(e))
    def drop(self):
        del self.generator
        say("dropped")
def unraisable(args): say("unraisable", described(args.exc_value))
sys.unraisablehook = unraisable
names = dict(globals())
# What a program leaves stays until the end, so that nothing of it is collected during another.
gc.disable()
left = []
traces = []
for program in sys.stdin.read().split(BETWEEN):
    trace = names["trace"] = globals()["trace"] = []
    left.append(dict(names))
    exec(program, left[-1])
    traces.append("\n".join(trace))
sys.stdout.write(BETWEEN.join(traces))
sys.stdout.flush()
os._exit(0)
"##;

/// The trace of each program, or nothing if there is no python3 and none is required.
pub(super) fn traces<'a>(programs: impl Iterator<Item = &'a str>) -> Option<Vec<Vec<String>>> {
    let programs: Vec<&str> = programs.collect();
    let child = Command::new("python3")
        .args(["-c", PRELUDE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let is_required = std::env::var_os("YIBU_TEST_REQUIRE_TOOLS").is_some();
            assert!(!is_required, "python3: {error}");
            eprintln!("SKIPPED the comparison with Python: there is no python3");
            return None;
        }
    };
    // It reads all before it writes.
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(programs.join(BETWEEN).as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "a Python program failed");
    let said = String::from_utf8(output.stdout).expect("it prints text");
    let traces: Vec<Vec<String>> = said
        .split(BETWEEN)
        .map(|trace| trace.lines().map(str::to_owned).collect())
        .collect();
    assert_eq!(traces.len(), programs.len());
    Some(traces)
}
