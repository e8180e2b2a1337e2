//! compio on io_uring, with HTTP by hand. By default it makes its ring without flags, at half as much again for each request; here it has the
//! flags for a ring that one thread uses, through its builder.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::by_hand::{ByHand, READ};
use compio::BufResult;
use compio::driver::ProactorBuilder;
use compio::io::{AsyncRead, AsyncWriteExt};
use compio::net::TcpStream;
use compio::runtime::Runtime;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("compio", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let mut ring = ProactorBuilder::new();
    ring.single_issuer(true).defer_taskrun(true);
    let runtime = Runtime::builder().with_proactor(ring).build()?;
    runtime.block_on(async {
        let listener = compio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            compio::runtime::spawn(connection(stream)).detach();
        }
    })
}

async fn connection(mut stream: TcpStream) -> Result<()> {
    let (mut hand, mut received, mut answers) =
        (ByHand::default(), Vec::with_capacity(READ), Vec::new());
    loop {
        let BufResult(n, buffer) = stream.read(received).await;
        received = buffer;
        match n? {
            0 => return Ok(()),
            n => hand.answer(&received[..n], &mut answers)?,
        }
        received.clear();
        if !answers.is_empty() {
            let BufResult(sent, buffer) = stream.write_all(answers).await;
            answers = buffer;
            sent?;
            answers.clear();
        }
    }
}
