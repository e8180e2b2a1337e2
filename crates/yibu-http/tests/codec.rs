//! The codec over the committed corpus, and over mutations of it: what the fuzz targets do, on stable.

use std::collections::BTreeMap;
use std::path::Path;

#[path = "../../../fuzz/bodies.rs"]
mod bodies;

fn corpus(name: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let files =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let file = file.unwrap();
        (
            file.file_name().into_string().unwrap(),
            std::fs::read(file.path()).unwrap(),
        )
    };
    files.map(read).collect()
}

fn verdicts() -> BTreeMap<String, String> {
    let table = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/verdicts.txt"),
    )
    .unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        row.split_once("  ")
            .map(|(name, verdict)| (name.to_owned(), verdict.trim().to_owned()))
            .unwrap()
    })
    .collect()
}

#[test]
fn every_file_gets_its_verdict() {
    let verdicts = verdicts();
    let corpus = corpus("requests");
    assert!(
        corpus.keys().eq(verdicts.keys()),
        "a file without a verdict, or a verdict without a file"
    );
    let mut wrong = Vec::new();
    for (name, bytes) in &corpus {
        let found = bodies::requests(std::iter::once(&bytes[..]));
        let verdict = found
            .iter()
            .map(bodies::Found::verdict)
            .collect::<Vec<_>>()
            .join(" | ");
        if verdict != verdicts[name] {
            wrong.push(format!(
                "{name}: {verdict} (found {found:?}), and not {}",
                verdicts[name]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn any_cut_gives_the_same_events() {
    for (name, bytes) in corpus("requests") {
        eprintln!("{name}");
        bodies::requests_cut(&bytes);
        for at in 0..bytes.len() {
            let (before, after) = bytes.split_at(at);
            assert_eq!(
                bodies::requests([before, after].into_iter()),
                bodies::requests(std::iter::once(&bytes[..])),
                "{name} cut at {at}"
            );
        }
    }
    for (name, bytes) in corpus("chunked") {
        eprintln!("{name}");
        bodies::chunked_cut(&bytes);
    }
}

/// A decoder remembers the last field section; what is found must not depend on that.
#[test]
fn what_came_before_changes_nothing() {
    let find = |bytes: &[u8]| bodies::requests(std::iter::once(bytes));
    let lines: [&[u8]; 7] = [
        b"GET /other HTTP/1.1\r\n",
        b"HEAD /other HTTP/1.0\r\n",
        b"POST /other HTTP/1.1\r\n",
        b"GET /other HTTP/1.1\n",
        b"GET /other HTTP/2.0\r\n",
        b"GET  /other HTTP/1.1\r\n",
        b"\r\nOPTIONS * HTTP/1.1\r\n",
    ];
    let corpus = corpus("requests");
    let mut repeated = 0;
    for (name, first) in &corpus {
        let mut found = find(first);
        if found.pop() != Some(bodies::Found::Closed) {
            continue;
        }
        let fields = first
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let others = lines.iter().map(|line| [line, &first[fields..]].concat());
        for second in others.chain(corpus.values().cloned()) {
            let both = find(&[&first[..], &second].concat());
            let alone: Vec<_> = found.iter().cloned().chain(find(&second)).collect();
            assert_eq!(both, alone, "{name}, then {}", second.escape_ascii());
            repeated += 1;
        }
    }
    assert!(repeated > 5_000, "only {repeated} pairs");
}

#[test]
fn what_is_encoded_is_decoded() {
    for name in ["identity", "chunked", "requests"] {
        for (name, bytes) in corpus(name) {
            eprintln!("{name}");
            bodies::identity(&bytes);
        }
    }
}

struct ShownOnPanic<'a>(&'a [u8]);

impl Drop for ShownOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with {}", self.0.escape_ascii());
        }
    }
}

/// A fuzzer is better at this; but this one runs on stable, and always.
#[test]
fn mutations_of_the_corpus_break_nothing() {
    const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
    const TROUBLE: &[u8] = b"\r\n :;,\t\0\x7f\xff0aAfF";
    eprintln!("seed {SEED:#x}");
    let mut random = SEED;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) as usize % limit.max(1)
    };
    let corpus: Vec<Vec<u8>> = corpus("requests")
        .into_values()
        .chain(corpus("chunked").into_values())
        .collect();
    for _ in 0..20_000 {
        let mut bytes = corpus[below(corpus.len())].clone();
        for _ in 0..=below(4) {
            let at = below(bytes.len());
            match below(5) {
                0 if !bytes.is_empty() => bytes[at] = TROUBLE[below(TROUBLE.len())],
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at, TROUBLE[below(TROUBLE.len())]),
                3 => bytes.truncate(at),
                _ => {
                    let other = &corpus[below(corpus.len())];
                    let from = below(other.len());
                    bytes.splice(at..at, other[from..].iter().take(below(40)).copied());
                }
            }
        }
        let _shown = ShownOnPanic(&bytes);
        bodies::requests_cut(&bytes);
        bodies::chunked_cut(&bytes);
        bodies::identity(&bytes);
    }
}
