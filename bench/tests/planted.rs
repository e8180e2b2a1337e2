//! The harness against planted contestants: `scenarios/planted` says which.
#![forbid(unsafe_code)]

use serde_json::Value;
use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(arguments)
        .output()
        .expect("it can be run")
}

/// The lines of standard output, each of which must be an object.
fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("JSON is text");
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    text.lines().map(parse).collect()
}

fn of<'a>(lines: &'a [Value], contestant: &str, field: &str) -> &'a Value {
    let is_it = |line: &&Value| {
        line["contestant"] == contestant && (field == "disqualified" || line["metric"] == "cpu")
    };
    let line = lines.iter().find(is_it);
    &line.unwrap_or_else(|| panic!("no line of {contestant}: {lines:?}"))[field]
}

#[test]
fn faults_are_found_and_measured() {
    let output = bench(&["planted", "--json", "--rounds", "12", "--seconds", "0.1"]);
    let found = lines(&output);
    assert!(
        !output.status.success(),
        "somebody is disqualified, and the exit code says so"
    );

    let reason = |contestant| {
        of(&found, contestant, "disqualified")
            .as_str()
            .unwrap_or_default()
    };
    assert!(
        reason("planted-wrong").contains("hello, world!"),
        "{found:?}"
    );
    assert!(
        reason("planted-dies").contains("a planted end"),
        "{found:?}"
    );
    assert!(
        reason("planted-stillborn").contains("a planted failure"),
        "{found:?}"
    );
    for contestant in ["planted-wrong", "planted-dies", "planted-stillborn"] {
        let results = found.iter().filter(|line| line["contestant"] == contestant);
        assert_eq!(results.count(), 1, "no result beside the reason: {found:?}");
    }

    assert_eq!(of(&found, "yibu", "rounds"), 12, "the others go on");
    let ratio = of(&found, "planted-half-speed", "ratio_to_yibu")
        .as_f64()
        .expect("a number");
    assert!(
        (1.8..=2.2).contains(&ratio),
        "twice as slow was measured as {ratio}"
    );
}

#[test]
fn every_line_has_every_field() {
    let found = lines(&bench(&[
        "planted",
        "--json",
        "--rounds",
        "1",
        "--seconds",
        "0.02",
    ]));
    let fields = [
        "scenario",
        "variant",
        "contestant",
        "kind",
        "metric",
        "unit",
        "better",
        "median",
        "min",
        "max",
        "rounds",
        "ratio_to_yibu",
        "ratio_to_limit",
        "ratio_to_best_peer",
        "noise",
    ];
    for line in found
        .iter()
        .filter(|line| line.get("disqualified").is_none())
    {
        for field in fields {
            assert!(line.get(field).is_some(), "{field} is missing in {line}");
        }
    }
}

#[test]
fn what_does_not_exist_is_named() {
    for (arguments, says) in [
        (&["no-such"][..], "no scenario is called no-such"),
        (&["planted", "--rounds", "0"], "at least one round"),
        (&["planted", "--variant", "no such"], "no variant"),
        (&["planted", "--peers", "no-such"], "no-such"),
    ] {
        let output = bench(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && error.contains(says),
            "{arguments:?}: {error}"
        );
    }
}

#[test]
fn the_list_names_all_and_measures_nothing() {
    let output = bench(&["--list"]);
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    for name in ["http-hello", "limit-uring", "64 connections, 16 pipelined"] {
        assert!(list.contains(name), "{name} is missing in {list}");
    }
    assert!(
        !list.contains("planted"),
        "hidden ones are not listed: {list}"
    );
}

#[test]
fn two_runs_are_compared() {
    let folder = std::env::temp_dir().join(format!("bench-compare-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let line = |low: f64, high: f64| {
        format!(
            r#"{{"scenario":"s","variant":"v","contestant":"c","metric":"cpu","ratio_to_yibu":{low},"ratio_to_yibu_interval":{{"low":{low},"high":{high}}}}}"#
        )
    };
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("it can be written");
        path.to_str().expect("a readable path").to_owned()
    };
    let (one, near, far) = (
        write("1", line(1.0, 1.2)),
        write("2", line(1.1, 1.3)),
        write("3", line(1.5, 1.6)),
    );
    assert!(bench(&["compare", &one, &near]).status.success());
    let differ = bench(&["compare", &one, &far]);
    assert!(!differ.status.success());
    assert!(String::from_utf8_lossy(&differ.stdout).contains("DIFFER  s v, c cpu"));
    std::fs::remove_dir_all(&folder).expect("it is still there");
}
