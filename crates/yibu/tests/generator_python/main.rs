//! PEP 342, 380 and 479 as a table: each case is a program for CPython and one for this module, both write down what happens, and the traces must agree line by line.
//!
//! Where Rust must differ the case has both traces and says why, and both are checked. The Python programs run in one subprocess, live; each Rust program runs twice, on a pinned generator and on
//! a boxed one. Skipped with a message if there is no `python3`, unless `YIBU_TEST_REQUIRE_TOOLS` is set.
#![forbid(unsafe_code)]
#![allow(clippy::unit_arg)] // `Ok(say!(…))` keeps a body on one line.

mod depth;
mod driver;
mod pep342;
mod pep342_end;
mod pep342_loops;
mod pep342_throw;
mod pep380;
mod pep380_apart;
mod pep479;
mod python;

use std::fmt::Write as _;

/// So many cases at least are written out one by one.
const AT_LEAST: usize = 60;

#[derive(Default)]
struct Table(Vec<Case>);

struct Case {
    name: String,
    python: String,
    rust: Box<dyn Fn()>,
    differs: Option<Difference>,
}

/// Why, and what either side writes down.
struct Difference {
    why: &'static str,
    python: &'static [&'static str],
    rust: &'static [&'static str],
}

impl Table {
    fn same(&mut self, name: impl Into<String>, python: &str, rust: impl Fn() + 'static) {
        self.case(name.into(), python, Box::new(rust), None);
    }

    fn differs(
        &mut self,
        name: &str,
        differs: Difference,
        python: &str,
        rust: impl Fn() + 'static,
    ) {
        self.case(name.into(), python, Box::new(rust), Some(differs));
    }

    fn case(
        &mut self,
        name: String,
        python: &str,
        rust: Box<dyn Fn()>,
        differs: Option<Difference>,
    ) {
        let is_new = self.0.iter().all(|case| case.name != name);
        assert!(is_new, "two cases are called {name:?}");
        self.0.push(Case {
            name,
            python: python.to_owned(),
            rust,
            differs,
        });
    }
}

impl Case {
    /// What is wrong with it, if something is.
    fn check(&self, python: &[String]) -> Option<String> {
        let ours = driver::trace(driver::Held::Pinned, &self.rust);
        let boxed = driver::trace(driver::Held::Boxed, &self.rust);
        let mut wrong = String::new();
        let mut compare = |left, a: &[String], right, b: &[String]| {
            if a != b {
                writeln!(wrong, "{}:\n{}", self.name, diff(left, a, right, b)).unwrap();
            }
        };
        compare("pinned", &ours, "boxed", &boxed);
        match &self.differs {
            None => compare("Python", python, "Rust", &ours),
            Some(Difference {
                why,
                python: p,
                rust,
            }) => {
                assert!(
                    p != rust && !why.is_empty(),
                    "{} differs in nothing",
                    self.name
                );
                compare("Python", python, "the table's Python", &owned(p));
                compare("Rust", &ours, "the table's Rust", &owned(rust));
            }
        }
        if python.is_empty() || ours.is_empty() {
            writeln!(wrong, "{}: an empty trace shows nothing", self.name).unwrap();
        }
        (!wrong.is_empty()).then_some(wrong)
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

/// Side by side; a `!` before lines that differ.
fn diff(left: &str, a: &[String], right: &str, b: &[String]) -> String {
    let mut text = format!("    {left:<48}  {right}\n");
    for at in 0..a.len().max(b.len()) {
        let line = |of: &[String]| of.get(at).cloned().unwrap_or_else(|| "-".into());
        let mark = if a.get(at) == b.get(at) { ' ' } else { '!' };
        writeln!(text, "  {mark} {:<48}  {}", line(a), line(b)).unwrap();
    }
    text
}

#[test]
fn generators_do_what_pythons_do() {
    let mut table = Table::default();
    pep342::add(&mut table);
    pep342_throw::add(&mut table);
    pep342_loops::add(&mut table);
    pep342_end::add(&mut table);
    pep380::add(&mut table);
    pep380_apart::add(&mut table);
    pep479::add(&mut table);
    let written_out = table.0.len();
    assert!(written_out >= AT_LEAST, "{written_out} cases");
    depth::add(&mut table);

    let programs = table.0.iter().map(|case| case.python.as_str());
    let Some(traces) = python::traces(programs) else {
        return;
    };
    let wrong: Vec<String> = std::iter::zip(&table.0, &traces)
        .filter_map(|(case, python)| case.check(python))
        .collect();
    let differing = table.0.iter().filter(|case| case.differs.is_some()).count();
    eprintln!(
        "{written_out} cases, {differing} of them where Rust must differ, and {} of nested delegation",
        table.0.len() - written_out
    );
    assert!(
        wrong.is_empty(),
        "{} cases are wrong:\n\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
