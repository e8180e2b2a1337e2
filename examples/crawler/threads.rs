//! A crawler of threads and queues: `cargo run -p yibu --example crawler_threads 127.0.0.1:8000`, beside `python3 -m http.server 8000`.
//!
//! Eight threads get paths from a queue, and put pages into another. Beside it are the same crawler as coroutines and as tasks.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use page::Page;
use yibu::queue::{Queue, Shutdown};
use yibu::thread;

mod page;

fn main() -> io::Result<()> {
    let _end = thread::main_scope();
    page::report(&crawl(&page::site())?)
}

/// All pages that the first leads to.
fn crawl(site: &str) -> io::Result<BTreeMap<String, Page>> {
    let (paths, fetched) = (Queue::<String>::unbounded(), Queue::unbounded());
    let site: Arc<str> = site.into();
    for _ in 0..8 {
        let (paths, fetched, site) = (paths.clone(), fetched.clone(), Arc::clone(&site));
        thread::spawn(move || {
            for path in paths {
                let page = fetch(&site, &path);
                let _ = fetched.put_blocking((path, page));
            }
        });
    }
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut pages = BTreeMap::new();
    let put = |path: &str| {
        paths
            .put_blocking(path.to_owned())
            .map_err(io::Error::other)
    };
    put("/")?;
    while pages.len() < seen.len() {
        let (path, page) = fetched.get_blocking().map_err(io::Error::other)?;
        let page = page?;
        for link in &page.links {
            if seen.insert(link.clone()) {
                put(link)?;
            }
        }
        pages.insert(path, page);
    }
    paths.shutdown(Shutdown::Drain);
    Ok(pages)
}

fn fetch(site: &str, path: &str) -> io::Result<Page> {
    let mut stream = TcpStream::connect(site)?;
    stream.write_all(page::request(site, path).as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    page::parse(&answer)
}
