//! The codec over the committed corpus, and over mutations of it: what the fuzz targets do, on stable.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::Path;

use yibu_http::codec::Limits;

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

/// The same at random: few sections, so that they repeat, some of them about as long as a decoder remembers (4 KiB). One
/// decoder for all, one that gets them in pieces, and a fresh one for each request find the same.
#[test]
fn a_decoder_with_a_history_finds_what_a_fresh_one_does() {
    const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
    const LIMITS: Limits = Limits {
        head_bytes: 16 << 10,
        target_bytes: 100,
        fields: 8,
    };
    eprintln!("seed {SEED:#x}");
    let mut below = random(SEED);
    let (mut whole_pairs, mut cut_seed) = (0, 0);
    for _ in 0..10_000 {
        let sections = [section(&mut below), section(&mut below)];
        let requests = [(); 4].map(|()| request(&mut below, &sections));
        let bytes = requests.concat().into_bytes();
        let _shown = ShownOnPanic(&bytes);
        let find = |bytes: &[u8]| bodies::requests_within(std::iter::once(bytes), LIMITS);
        let whole = find(&bytes);
        cut_seed += 1;
        let cut = bodies::requests_within(bodies::cut(&bytes, cut_seed << 32), LIMITS);
        assert_eq!(whole, cut, "cut with seed {cut_seed}");

        let mut fresh = Vec::new();
        let mut complete = 0;
        for request in &requests {
            fresh.extend(find(request.as_bytes()));
            if fresh.pop() != Some(bodies::Found::Closed) {
                break; // one that is cut off goes on in the next
            }
            complete += 1;
        }
        if complete == requests.len() {
            fresh.push(bodies::Found::Closed);
            assert_eq!(whole, fresh);
        } else {
            assert!(whole.starts_with(&fresh), "{whole:?} and not {fresh:?}");
        }
        whole_pairs += usize::from(complete >= 2);
    }
    assert!(whole_pairs > 2_000, "only {whole_pairs} have a history");
}

fn section(below: &mut impl FnMut(usize) -> usize) -> String {
    const FIELDS: [&str; 11] = [
        "Host: a\r\n",
        "Host:\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "Expect: 100-continue\r\n",
        "Content-Length: 0\r\n",
        "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "X: y\r\n",
        "Y: x\r\n",
        "X: y\n",
    ];
    let mut section = String::new();
    if below(3) > 0 {
        section += FIELDS[0];
    }
    (0..below(4)).for_each(|_| section += FIELDS[below(FIELDS.len())]);
    if below(20) == 0 {
        section += &format!("Large: {}\r\n", "z".repeat((4 << 10) - below(80)));
    }
    section + if below(30) == 0 { "\n" } else { "\r\n" }
}

/// One of the sections behind a first line, and mostly the body that it announces.
fn request(below: &mut impl FnMut(usize) -> usize, sections: &[String; 2]) -> String {
    const LINES: [&str; 13] = [
        "GET / HTTP/1.1\r\n",
        "GET /a HTTP/1.0\r\n",
        "POST /b HTTP/1.1\r\n",
        "HEAD http://x/ HTTP/1.1\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "\r\n\r\nGET /c HTTP/1.0\r\n",
        "GET / HTTP/1.1\n",
        "PUT / HTTP/1.0\r\n",
        "CONNECT a:1 HTTP/1.1\r\n",
        "GET / HTTP/1.1\r",
        "GET / HTTP/1.1 \r\n",
        "GET * HTTP/1.1\r\n",
        "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n",
    ];
    const BODIES: [&str; 3] = ["", "abc", "1\r\nx\r\n0\r\n\r\n"];
    let lines = if below(4) > 0 { 3 } else { LINES.len() };
    let section = &sections[usize::from(below(3) == 0)];
    let body = match () {
        () if below(20) == 0 => below(BODIES.len()),
        () if section.contains("chunked") => 2,
        () => usize::from(section.contains("Length: 3")),
    };
    [LINES[below(lines)], section, BODIES[body]].concat()
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

/// Numbers below a limit, by xorshift64 (Marsaglia, 2003).
fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |limit| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % limit.max(1)
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
    let mut below = random(SEED);
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
