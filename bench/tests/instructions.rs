//! `--callgrind` counts twice as many instructions where twice as much is done. Without valgrind there is nothing to test.
#![forbid(unsafe_code)]

use std::process::Command;

#[test]
fn twice_the_work_is_twice_the_instructions() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("not tested: valgrind is not installed");
        return;
    }
    let bench = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["planted-work", "--callgrind", "--json"])
        .output()
        .expect("it is built");
    let said = String::from_utf8_lossy(&bench.stderr);
    assert!(bench.status.success(), "{said}");
    let lines = String::from_utf8(bench.stdout).expect("JSON");
    let value = |contestant: &str, field: &str| -> Option<f64> {
        lines.lines().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("an object a line");
            let wanted = line["contestant"] == contestant && line["metric"] == "instructions";
            wanted.then(|| line[field].as_f64())?
        })
    };
    let limit = value("limit", "median").expect("a count");
    assert!(limit >= 100.0, "100 additions in {limit} instructions");
    let ratio = value("yibu", "ratio_to_limit").expect("a ratio");
    assert!((ratio - 2.0).abs() < 0.01, "{ratio}");
}
