//! A crawler of generators: `cargo run -p yibu --example crawler_coroutines 127.0.0.1:8000`, beside `python3 -m http.server 8000`.
//!
//! Each page is a coroutine that yields what it waits for to a [`Scheduler`]. Beside it are the same crawler as tasks and as threads.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, ErrorKind::WouldBlock, Read, Write};
use std::net::TcpStream;

use page::Page;
use yibu::generator::{Co, Scheduler, Sent, Wait};
use yibu::queue::Queue;
use yibu::thread;

mod page;

fn main() -> io::Result<()> {
    let scheduler = Scheduler::new();
    let pages = scheduler.spawn(async |co| crawl(co, page::site()).await);
    scheduler.run()?;
    page::report(&pages.take().expect("all coroutines have ended")?)
}

/// All pages that the first leads to.
async fn crawl(mut co: Co<'_, Wait, Sent>, site: String) -> io::Result<BTreeMap<String, Page>> {
    let fetch = |path: &str| {
        let (site, path) = (site.clone(), path.to_owned());
        async move |co: Co<'_, Wait, Sent>| fetch(co, site, path).await
    };
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut fetching = VecDeque::from([("/".to_owned(), co.spawn(fetch("/")).await)]);
    let mut pages = BTreeMap::new();
    while let Some((path, page)) = fetching.pop_front() {
        let page = co.join(page).await?;
        for link in &page.links {
            if seen.insert(link.clone()) {
                fetching.push_back((link.clone(), co.spawn(fetch(link)).await));
            }
        }
        pages.insert(path, page);
    }
    Ok(pages)
}

async fn fetch(mut co: Co<'_, Wait, Sent>, site: String, path: String) -> io::Result<Page> {
    // Connecting blocks: a thread does it, and the coroutine waits for the queue.
    let (connected, request) = (Queue::fifo(1), page::request(&site, &path));
    let putting = connected.clone();
    thread::spawn_daemon(move || drop(putting.put_blocking(TcpStream::connect(site))));
    let mut stream = co.get(&connected).await.map_err(io::Error::other)??;
    stream.write_all(request.as_bytes())?;
    stream.set_nonblocking(true)?;
    let mut answer = Vec::new();
    loop {
        co.readable(&stream).await?;
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() == WouldBlock => {}
            end => return end.and_then(|_| page::parse(&answer)),
        }
    }
}
