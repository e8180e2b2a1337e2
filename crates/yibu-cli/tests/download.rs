//! A tree of 1,000 files from 0 bytes to 64 MiB, downloaded whole, by ranges and resumed, by curl and by Python's
//! `http.client`, byte for byte equal, under both drivers.
//!
//! It needs `curl` and `python3`, neither of which the project itself needs: where one is missing, its half is
//! skipped with a message, unless `YIBU_TEST_REQUIRE_TOOLS` is set. `YIBU_TEST_SEED` repeats a run.
#![forbid(unsafe_code)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use common::{Noise, Serving, say, yibu};

const FILES: usize = 1_000;
const LARGEST: u64 = 64 << 20;

#[test]
fn a_thousand_files_arrive_as_they_are() {
    let seed = seed();
    say(&format!("download: YIBU_TEST_SEED={seed}"));
    let place = tempfile::tempdir().unwrap();
    let tree = Tree::grow(&place.path().join("tree"), seed);
    for driver in ["uring", "poll"] {
        let Some(serving) = serve(&tree.root, driver) else {
            continue;
        };
        let started = Instant::now();
        if is_there("curl") {
            curl(
                &serving,
                &tree,
                &place.path().join("curl"),
                &mut Noise::new(seed ^ 1),
            );
        }
        let after_curl = started.elapsed();
        if is_there("python3") {
            python(&serving, &tree, seed);
        }
        say(&format!(
            "download: {driver}: curl {after_curl:.1?}, all {:.1?}",
            started.elapsed()
        ));
    }
}

fn seed() -> u64 {
    match std::env::var("YIBU_TEST_SEED") {
        Ok(seed) => seed.parse().expect("YIBU_TEST_SEED is a number"),
        Err(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    }
}

/// Starts the server under a driver; `None` where the kernel refuses rings and nobody insists on them.
fn serve(root: &Path, driver: &str) -> Option<Serving> {
    let insists = std::env::var("YIBU_DRIVER").is_ok_and(|wanted| wanted == driver);
    let mut command = yibu();
    command.arg("serve").arg(root).args(["--port", "0"]);
    if driver == "poll" || insists {
        command.args(["--driver", driver]);
    } else {
        command.env_remove("YIBU_DRIVER"); // its own choice: a ring if there can be one
    }
    let serving = Serving::spawn(command);
    if driver == "uring" && !serving.banner.contains("io_uring") {
        say("download: SKIPPED io_uring: the kernel refuses rings here");
        return None;
    }
    assert_eq!(
        serving.banner.contains("io_uring"),
        driver == "uring",
        "{}",
        serving.banner
    );
    Some(serving)
}

fn is_there(tool: &str) -> bool {
    let found = Command::new(tool)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    let required = std::env::var_os("YIBU_TEST_REQUIRE_TOOLS").is_some();
    assert!(found || !required, "{tool} is missing: please install it");
    if !found {
        say(&format!(
            "download: SKIPPED the half with {tool}: it is not installed"
        ));
    }
    found
}

struct Tree {
    root: PathBuf,
    /// Paths relative to the root, with their lengths.
    files: Vec<(PathBuf, u64)>,
}

impl Tree {
    /// Writes the files: the sizes where buffers end, a few large ones, and the rest small.
    fn grow(root: &Path, seed: u64) -> Tree {
        let noise = &mut Noise::new(seed);
        let mut sizes = vec![0, 0, 1, 2, LARGEST, LARGEST - 1, (16 << 20) + 1];
        for edge in [4 << 10, 16 << 10, 64 << 10, 128 << 10, 256 << 10, 1 << 20] {
            sizes.extend([edge - 1, edge, edge + 1]);
        }
        sizes.extend((0..12).map(|_| noise.below(8 << 20)));
        while sizes.len() < FILES {
            let magnitude = noise.below(18);
            sizes.push(noise.below(2 << magnitude));
        }
        let names = [
            "plain",
            "with space",
            "异步",
            "per%20cent",
            "hash#",
            "what?",
            "a+b&c=d",
            "quote'\"",
            "semi;colon",
            "back\\slash",
        ];
        let mut files = Vec::new();
        for (at, size) in sizes.into_iter().enumerate() {
            let path = PathBuf::from(format!("d{}/{} {at}.bin", at % 20, names[at % names.len()]));
            let whole = root.join(&path);
            fs::create_dir_all(whole.parent().unwrap()).unwrap();
            fs::write(whole, noise.bytes(usize::try_from(size).unwrap())).unwrap();
            files.push((path, size));
        }
        assert_eq!(files.len(), FILES);
        Tree {
            root: root.to_owned(),
            files,
        }
    }

    fn read(&self, path: &Path, from: u64, len: u64) -> Vec<u8> {
        let mut file = fs::File::open(self.root.join(path)).unwrap();
        file.seek(SeekFrom::Start(from)).unwrap();
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes).unwrap();
        bytes
    }
}

/// A URL in which everything but letters and digits is encoded.
fn url(serving: &Serving, path: &Path) -> String {
    let mut url = format!("http://{}/", serving.address);
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => url.push(byte.into()),
            _ => write!(url, "%{byte:02X}").unwrap(),
        }
    }
    url
}

/// What curl is to do with one file.
enum Task {
    Whole,
    /// These bytes, both included.
    Range(u64, u64),
    /// The rest behind a first part that is there already.
    Resume(u64),
}

fn curl(serving: &Serving, tree: &Tree, place: &Path, noise: &mut Noise) {
    let whole = tree
        .files
        .iter()
        .map(|(path, len)| (path.as_path(), *len, Task::Whole))
        .collect();
    run_curl(serving, tree, place, whole);
    let mut ranges = Vec::new();
    let mut resumed = Vec::new();
    for (path, len) in tree.files.iter().filter(|(_, len)| *len > 1) {
        let first = noise.below(*len);
        let last = first + noise.below((len - first).min(1 << 20));
        ranges.push((path.as_path(), *len, Task::Range(first, last)));
        resumed.push((path.as_path(), *len, Task::Resume(1 + noise.below(len - 1))));
    }
    run_curl(serving, tree, place, ranges);
    run_curl(serving, tree, place, resumed);
}

/// Has one curl do all the tasks, several at a time, and compares what it got.
fn run_curl(serving: &Serving, tree: &Tree, place: &Path, tasks: Vec<(&Path, u64, Task)>) {
    fs::create_dir(place).unwrap();
    let output = |at: usize| place.join(at.to_string());
    let mut config = String::from("parallel\nparallel-max = 8\nno-progress-meter\n");
    for (at, (path, _, task)) in tasks.iter().enumerate() {
        let option = match task {
            Task::Whole => String::new(),
            Task::Range(first, last) => format!("range = {first}-{last}\n"),
            Task::Resume(from) => {
                fs::write(output(at), tree.read(path, 0, *from)).unwrap();
                "continue-at = -\n".to_owned()
            }
        };
        let (url, output) = (url(serving, path), output(at));
        if at > 0 {
            config.push_str("next\n");
        }
        write!(
            config,
            "url = \"{url}\"\noutput = \"{}\"\nfail\n{option}",
            output.display()
        )
        .unwrap();
    }
    let file = place.join("config");
    fs::write(&file, config).unwrap();
    let done = Command::new("curl")
        .arg("--disable")
        .arg("--config")
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "curl: {}: {}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
    for (at, (path, len, task)) in tasks.iter().enumerate() {
        let (from, count) = match task {
            Task::Whole | Task::Resume(_) => (0, *len),
            Task::Range(first, last) => (*first, last - first + 1),
        };
        let got = fs::read(output(at)).unwrap_or_default(); // curl makes no file of no bytes
        assert!(
            got == tree.read(path, from, count),
            "curl got {} other than it is ({} bytes)",
            path.display(),
            got.len()
        );
    }
    fs::remove_dir_all(place).unwrap();
}

/// The other client, which compares for itself.
fn python(serving: &Serving, tree: &Tree, seed: u64) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/download.py");
    let done = Command::new("python3")
        .arg(script)
        .arg(serving.address.to_string())
        .arg(&tree.root)
        .arg(seed.to_string())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "python: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let report = String::from_utf8_lossy(&done.stdout);
    assert!(
        report.contains(&format!("{FILES} files")),
        "python: {report}"
    );
}
