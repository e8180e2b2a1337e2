//! The same random operations on CPython's `list` and `dict`, live, in a subprocess.
//!
//! Skipped with a message if there is no `python3`, unless `YIBU_TEST_REQUIRE_TOOLS` is set.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::noise::{Noise, seed};
use yibu::shared::{Dict, List};

/// Carries out a line a step on `l` and `d`, and prints what it gave and what they are then. Dicts have no order here, and so are sorted.
const PYTHON: &str = r#"
import sys
l, d = [], {}
def pop(l, at):
    return l.pop(at) if at < len(l) else None
def remove(l, x):
    found = x in l
    if found: l.remove(x)
    return found
def put(l, a, b, new):
    old = l[a:b]
    l[a:b] = new
    return old
def insert(d, k, v):
    old = d.get(k)
    d[k] = v
    return old
for line in sys.stdin:
    what = eval(line)
    print(what, l, sorted(d.items()), sep="|")
"#;

const STEPS: usize = 4_000;

#[test]
fn lists_and_dicts_do_what_pythons_do() {
    if !python_is_there() {
        return;
    }
    let mut noise = Noise::new(seed("shared python"));
    let (list, dict) = (List::new(), Dict::new());
    let (mut program, mut expected) = (String::new(), String::new());
    for _ in 0..STEPS {
        let (line, gave) = step(&list, &dict, &mut noise);
        writeln!(program, "{line}").unwrap();
        let mut items = dict.items();
        items.sort_unstable();
        writeln!(expected, "{gave}|{:?}|{items:?}", list.snapshot()).unwrap();
    }
    let said = python(&program);
    let lines = said.lines().zip(expected.lines()).zip(program.lines());
    for (number, ((python, yibu), line)) in lines.enumerate() {
        assert_eq!(python, yibu, "step {number}: {line}");
    }
    assert_eq!(said.lines().count(), STEPS);
}

/// One operation: as Python's expression, and what it gives here, as Python prints it.
fn step(list: &List<u64>, dict: &Dict<u64, u64>, noise: &mut Noise) -> (String, String) {
    let (at, to) = (noise.below(list.len() + 4), noise.below(list.len() + 4));
    let (key, value) = (noise.below(40) as u64, noise.below(100) as u64);
    let some: Vec<u64> = (0..noise.below(if list.len() < 60 { 12 } else { 2 }))
        .map(|_| noise.below(100) as u64)
        .collect();
    let pairs: Vec<(u64, u64)> = some.iter().map(|&n| (n % 40, n)).collect();
    let optional = |value: Option<u64>| value.map_or("None".to_owned(), |value| value.to_string());
    let truth = |is: bool| if is { "True" } else { "False" }.to_owned();
    let none = || "None".to_owned();
    match noise.below(19) {
        0 => (format!("l.append({value})"), {
            list.append(value);
            none()
        }),
        1 => (format!("l.extend({some:?})"), {
            list.extend(some);
            none()
        }),
        2 => (format!("l.insert({at}, {value})"), {
            list.insert(at, value);
            none()
        }),
        3 => (format!("pop(l, {at})"), optional(list.pop_at(at))),
        4 => ("l.pop() if l else None".into(), optional(list.pop())),
        5 => (format!("remove(l, {value})"), truth(list.remove(&value))),
        6 => (format!("l[{at}:{to}]"), format!("{:?}", list.slice(at..to))),
        7 | 8 => (
            format!("put(l, {at}, {to}, {some:?})"),
            format!("{:?}", list.splice(at..to, some)),
        ),
        9 => ("l.sort()".into(), {
            list.sort();
            none()
        }),
        10 => ("l.sort(key=lambda x: x % 7)".into(), {
            list.sort_by_key(|x| x % 7);
            none()
        }),
        11 => ("l.reverse()".into(), {
            list.reverse();
            none()
        }),
        12 => (
            format!("l.index({value}) if {value} in l else None"),
            optional(list.index(&value).map(|at| at as u64)),
        ),
        13 => (
            format!("insert(d, {key}, {value})"),
            optional(dict.insert(key, value)),
        ),
        14 => (format!("d.pop({key}, None)"), optional(dict.remove(&key))),
        15 => (
            format!("d.setdefault({key}, {value})"),
            dict.setdefault(key, value).to_string(),
        ),
        16 => (format!("d.update({pairs:?})"), {
            dict.update(pairs);
            none()
        }),
        17 => (format!("d.get({key})"), optional(dict.get(&key))),
        _ => (format!("({key} in d, len(d), len(l))"), {
            let there = truth(dict.contains_key(&key));
            format!("({there}, {}, {})", dict.len(), list.len())
        }),
    }
}

fn python(program: &str) -> String {
    let mut child = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let program = program.to_owned();
    // Beside, since neither side reads all before it writes.
    let writing = std::thread::spawn(move || stdin.write_all(program.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writing.join().unwrap().expect("it reads all");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("it prints text")
}

fn python_is_there() -> bool {
    let found = Command::new("python3")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    let required = std::env::var_os("YIBU_TEST_REQUIRE_TOOLS").is_some();
    assert!(found || !required, "python3 is missing: please install it");
    if !found {
        eprintln!("shared: SKIPPED the comparison with Python: there is no python3");
    }
    found
}
