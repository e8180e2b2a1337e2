//! A crawler of tasks: `cargo run -p yibu --example crawler_tasks 127.0.0.1:8000`, beside `python3 -m http.server 8000`.
//!
//! Each page is a task of one event loop. Beside it are the same crawler as coroutines and as threads.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

use page::Page;
use yibu::net::TcpStream;

mod page;

#[yibu::main]
async fn main() -> io::Result<()> {
    page::report(&crawl(&page::site()).await?)
}

/// All pages that the first leads to.
async fn crawl(site: &str) -> io::Result<BTreeMap<String, Page>> {
    let fetch = |path: &str| yibu::spawn(fetch(site.to_owned(), path.to_owned()));
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut fetching = VecDeque::from([("/".to_owned(), fetch("/"))]);
    let mut pages = BTreeMap::new();
    while let Some((path, page)) = fetching.pop_front() {
        let page = page.await.map_err(io::Error::other)??;
        for link in &page.links {
            if seen.insert(link.clone()) {
                fetching.push_back((link.clone(), fetch(link)));
            }
        }
        pages.insert(path, page);
    }
    Ok(pages)
}

async fn fetch(site: String, path: String) -> io::Result<Page> {
    let mut stream = TcpStream::connect(&site).await?;
    stream.write_all(page::request(&site, &path)).await?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return page::parse(&answer),
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
}
