//! yibu's loop and streams without its HTTP: what they cost, and what is left for the codec and the server.

#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::answers::{Answers, MOST};
use crate::kit::heads::Heads;
use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use yibu::net::TcpStream;

pub(crate) const CONTESTANT: Contestant = Contestant::server("yibu", serve).on_uring();

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    yibu::run(async {
        let answers = Rc::new(RefCell::new(Answers::new()));
        let mut listener = yibu::net::TcpListener::from_std(listener)?;
        loop {
            match listener.accept().await {
                // A client that goes away is no news.
                Ok((stream, _)) => drop(yibu::spawn(answer(stream, Rc::clone(&answers)))),
                Err(error) => eprintln!("no connection is accepted: {error}"),
            }
        }
    })
}

async fn answer(mut stream: TcpStream, answers: Rc<RefCell<Answers>>) -> io::Result<()> {
    let mut heads = Heads::default();
    while stream.fill().await? > 0 {
        let mut received = stream.buffered();
        let mut owed = heads.ending_in(&received);
        let length = received.len();
        received.consume(length);
        drop(received);
        while owed > 0 {
            let now = owed.min(MOST);
            owed -= now;
            let bytes = {
                let mut answers = answers.borrow_mut();
                answers.set_date();
                answers.bytes(now).to_vec()
            };
            stream.write(&bytes).await?;
        }
    }
    Ok(())
}
