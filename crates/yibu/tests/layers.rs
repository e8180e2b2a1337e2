//! Each rung of the ladder uses only what lies under it: read from the sources' own paths.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

/// A module, and the modules of the crate that it may name. Tests may name all.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("rt", &["rt", "task", "sync_shim", "to_thread"]),
    ("thread", &["thread", "rt", "sync_shim"]),
    ("shared", &["shared", "sync_shim"]),
    ("task", &["task", "rt", "sync_shim", "spawn", "yield_now"]),
    // The task's waker, for the queues of one loop.
    ("queue", &["queue", "rt", "sync_shim", "task"]),
    // The loop, for its coroutines as tasks.
    (
        "generator",
        &["generator", "queue", "event_loop", "task", "time", "spawn"],
    ),
    ("time", &["time", "rt", "task", "spawn", "yield_now"]),
    ("event_loop", &["event_loop", "rt", "task", "thread"]),
    (
        "net",
        &["net", "event_loop", "fs", "rt", "time", "to_thread"],
    ),
    ("fs", &["fs", "event_loop", "rt"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let nested = entries.flat_map(|path| {
        if path.is_dir() {
            sources(&path)
        } else {
            vec![path]
        }
    });
    nested
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

#[test]
fn no_rung_uses_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (module, allowed) in MAY_USE {
        for path in sources(&root.join(module)) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if name.ends_with("tests") || name == "models" || name == "test_loop" {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("mod tests {").next().unwrap();
            let code = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for (number, line) in code.enumerate() {
                for used in line.split("crate::").skip(1) {
                    let end = used
                        .find(|c: char| !c.is_alphanumeric() && c != '_')
                        .unwrap_or(used.len());
                    seen += 1;
                    if !allowed.contains(&&used[..end]) {
                        wrong.push(format!(
                            "{}: line {number} of the code uses {}",
                            path.display(),
                            &used[..end]
                        ));
                    }
                }
            }
        }
    }
    assert!(
        seen > 50,
        "only {seen} paths were found: is this test blind?"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
