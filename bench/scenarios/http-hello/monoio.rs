//! monoio on io_uring, with HTTP by hand. By default it makes its ring without flags, at half as much again for each request; here it has the
//! flags for a ring that one thread uses, through its builder.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use crate::kit::by_hand::{ByHand, READ};
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::TcpStream;
use monoio_uring::IoUring;
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::server("monoio", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let mut ring = IoUring::builder();
    ring.setup_single_issuer().setup_defer_taskrun();
    let mut runtime = monoio::RuntimeBuilder::<monoio::IoUringDriver>::new()
        .uring_builder(ring)
        .build()?;
    runtime.block_on(async {
        let listener = monoio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            monoio::spawn(connection(stream));
        }
    })
}

async fn connection(mut stream: TcpStream) -> Result<()> {
    let (mut hand, mut received, mut answers) = (ByHand::default(), vec![0; READ], Vec::new());
    loop {
        let done = stream.read(received).await;
        received = done.1;
        match done.0? {
            0 => return Ok(()),
            n => hand.answer(&received[..n], &mut answers)?,
        }
        if !answers.is_empty() {
            let done = stream.write_all(answers).await;
            answers = done.1;
            done.0?;
            answers.clear();
        }
    }
}
