//! yibu's streams, echoed as its documentation has it: one copy from a stream's reading half to its writing half.
#![forbid(unsafe_code)]

use crate::Result;
use crate::contestant::Contestant;
use std::convert::Infallible;
use std::net::TcpListener;
use yibu::net::{TcpStream, copy};

pub(crate) const CONTESTANT: Contestant = Contestant::server("yibu", serve).on_uring();

fn serve(listener: TcpListener, _variant: &str) -> Result<Infallible> {
    yibu::run(accept(listener, || ()))
}

pub(crate) async fn accept(listener: TcpListener, opened: impl Fn()) -> Result<Infallible> {
    let mut listener = yibu::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        opened();
        drop(yibu::spawn(echo(stream)));
    }
}

async fn echo(mut stream: TcpStream) -> std::io::Result<u64> {
    let (read, write) = stream.halves();
    copy(read, write).await
}
