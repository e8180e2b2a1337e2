//! glommio, one executor, with HTTP by hand. It takes a listener only by an unsafe function, so it binds the address again; its flags
//! for rings cannot be chosen.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::{Contestant, announce};
use crate::kit::by_hand::{ByHand, READ};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use glommio::net::TcpStream;
use glommio::{LocalExecutorBuilder, Placement};
use std::convert::Infallible;
use std::net::TcpListener;

pub(crate) const CONTESTANT: Contestant = Contestant::announcing("glommio", serve);

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    let address = listener.local_addr()?;
    drop(listener);
    let executor = LocalExecutorBuilder::new(Placement::Unbound)
        .ring_depth(1024)
        .make()
        .map_err(|error| error.to_string())?;
    executor.run(async {
        let listener = glommio::net::TcpListener::bind(address).map_err(|e| e.to_string())?;
        announce(address);
        loop {
            let stream = listener.accept().await.map_err(|e| e.to_string())?;
            stream.set_nodelay(true).map_err(|e| e.to_string())?;
            glommio::spawn_local(connection(stream)).detach();
        }
    })
}

async fn connection(mut stream: TcpStream) -> Result<()> {
    let (mut hand, mut received, mut answers) = (ByHand::default(), vec![0; READ], Vec::new());
    loop {
        match stream.read(&mut received).await? {
            0 => return Ok(()),
            n => hand.answer(&received[..n], &mut answers)?,
        }
        if !answers.is_empty() {
            stream.write_all(&answers).await?;
            answers.clear();
        }
    }
}
