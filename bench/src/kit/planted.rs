//! A plain server, a thread for each connection, with a fault to be planted in it: what the harness is tested with.
#![forbid(unsafe_code)]

use super::answers::{Answers, MOST};
use super::heads::Heads;
use crate::Result;
use crate::harness::thread_cpu;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// What is wrong with the server.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// A request costs [`COST`] twice.
    HalfSpeed,
    /// The tenth answer of a connection has another body.
    Wrong,
    /// The process ends at the tenth answer.
    Dies,
}

/// The CPU time that a request costs, kernel and all: each thread spends what is missing, so that twice is twice.
const COST: Duration = Duration::from_micros(50);

/// Serves with that fault.
pub(crate) fn serve(listener: TcpListener, fault: Fault) -> Result<Infallible> {
    loop {
        let (stream, _) = listener.accept()?;
        // A client that goes away is no news.
        thread::spawn(move || answer(stream, fault).ok());
    }
}

fn answer(mut stream: TcpStream, fault: Fault) -> std::io::Result<()> {
    let (mut heads, mut answers) = (Heads::default(), Answers::new());
    let (mut received, mut answered) = (vec![0; 16 * 1024], 0);
    let cost = match fault {
        Fault::HalfSpeed => 2 * COST,
        _ => COST,
    };
    let mut paid = thread_cpu();
    loop {
        let length = stream.read(&mut received)?;
        if length == 0 {
            return Ok(());
        }
        answers.set_date();
        let asked = heads.ending_in(&received[..length]);
        answered += asked;
        let mut owed = asked;
        while owed > 0 {
            let now = owed.min(MOST);
            owed -= now;
            let mut bytes = answers.bytes(now).to_vec();
            match fault {
                Fault::Wrong if answered >= 10 => bytes.make_ascii_lowercase(),
                Fault::Dies if answered >= 10 => {
                    eprintln!("a planted end");
                    std::process::exit(1);
                }
                _ => (),
            }
            stream.write_all(&bytes)?;
        }
        paid += cost * asked as u32;
        while thread_cpu() < paid {}
        paid = thread_cpu();
    }
}
