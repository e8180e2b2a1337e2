//! Streams over loopback: bytes arrive whole and in order, whatever the sizes, marks and ways of closing.
#![forbid(unsafe_code)]

use std::io;

use yibu::net::{TcpListener, TcpStream, copy};

async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, peer) = listener.accept().await?;
    assert_eq!(peer, client.local_addr()?);
    Ok((client, server))
}

/// Bytes that tell their place.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(31) >> 3) as u8).collect()
}

async fn read_all(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(all),
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

#[test]
fn many_small_writes_and_one_large_arrive_in_order() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        let sent = pattern(3_000_000);
        let expected = sent.clone();
        let writer = yibu::spawn(async move {
            for chunk in sent[..100_000].chunks(17) {
                client.write(chunk).await?;
            }
            client.write_all(sent[100_000..2_500_000].to_vec()).await?;
            for chunk in sent[2_500_000..].chunks(70_000) {
                client.write_all(chunk.to_vec()).await?;
            }
            client.shutdown().await?;
            assert_eq!(read_all(&mut client).await?, b"done");
            io::Result::Ok(())
        });
        let received = read_all(&mut server).await?;
        assert!(
            received == expected,
            "{} of {} bytes",
            received.len(),
            expected.len()
        );
        server.write(b"done").await?;
        server.shutdown().await?;
        writer.await.unwrap()
    })
    .unwrap();
}

#[test]
fn read_exact_raises_the_mark_and_leaves_the_rest() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        server.set_read_marks(10, 100);
        let sent = pattern(500_000);
        client.write_all(sent.clone()).await?;
        let mut buffer = vec![0; 400_000];
        server.read_exact(&mut buffer).await?;
        assert!(buffer == sent[..400_000]);
        drop(client);
        let rest = read_all(&mut server).await?;
        assert!(rest == sent[400_000..]);
        let error = server.read_exact(&mut [0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_stream_that_nobody_reads_holds_the_sender_back() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        server.set_read_marks(1_000, 4_000);
        let sent = pattern(60_000_000);
        let expected = sent.clone();
        let writer = yibu::spawn(async move {
            for chunk in sent.chunks(100_000) {
                client.write(chunk).await?;
            }
            client.flush().await
        });
        server.fill().await?;
        // The sender's and the kernel's queues fill; the receive buffer does not. A ring may bring 256 KiB more before
        // it hears that it is to stop.
        for _ in 0..20_000 {
            yibu::yield_now().await;
            assert!(
                server.buffered_len() < 600_000,
                "{} buffered",
                server.buffered_len()
            );
        }
        assert!(!writer.is_finished());
        let mut received = Vec::new();
        while received.len() < expected.len() {
            if server.buffered_len() == 0 {
                server.fill().await?;
            }
            let mut bytes = server.buffered();
            received.extend_from_slice(&bytes);
            let count = bytes.len();
            bytes.consume(count);
        }
        assert!(received == expected);
        writer.await.unwrap()
    })
    .unwrap();
}

#[test]
fn lines_and_delimiters_across_packets() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        client.set_nodelay(true)?;
        let writer = yibu::spawn(async move {
            for byte in b"one\r\ntwo\n\nlast" {
                client.write(&[*byte]).await?;
                client.flush().await?;
            }
            io::Result::Ok(())
        });
        let mut lines = server.lines(100);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().await? {
            seen.push(line);
        }
        assert_eq!(seen, ["one", "two", "", "last"]);
        writer.await.unwrap()?;

        let (mut client, mut server) = pair().await?;
        client.write(b"a--b--cc").await?;
        assert_eq!(server.read_until(b"--", 10).await?, b"a--");
        assert_eq!(server.read_until(b"--", 3).await?, b"b--");
        client.write(b"ccccccc").await?;
        let error = server.read_until(b"--", 5).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let mut nine = [0; 9];
        server.read_exact(&mut nine).await?;
        assert_eq!(&nine, b"ccccccccc", "what was too long is still there");
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn half_closes_both_ways() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        client.write(b"question").await?;
        client.shutdown().await?;
        assert_eq!(read_all(&mut server).await?, b"question");
        server.write(b"answer").await?;
        server.shutdown().await?;
        assert_eq!(read_all(&mut client).await?, b"answer");
        assert_eq!(
            client.write(b"more").await.unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
        let (mut client, mut server) = pair().await?;
        client.write(b"unread").await?;
        server.fill().await?;
        server.shutdown_read();
        assert_eq!(server.read(&mut [0; 8]).await?, 0);
        server.write(b"still writes").await?;
        let mut buffer = [0; 12];
        client.read_exact(&mut buffer).await?;
        assert_eq!(&buffer, b"still writes");
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_dropped_stream_sends_what_is_queued() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        let sent = pattern(5_000_000);
        client.write_all(sent.clone()).await?;
        drop(client);
        assert!(read_all(&mut server).await? == sent);
        drop(server);
        while yibu::event_loop::stats().connections > 0 {
            yibu::yield_now().await;
        }
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_stream_dropped_at_the_end_of_run_sends_what_is_queued() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut all = Vec::new();
        io::Read::read_to_end(&mut stream, &mut all).unwrap();
        all
    });
    let sent = pattern(3_000_000);
    yibu::run(async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.clone()).await.unwrap();
    });
    assert!(reader.join().unwrap() == sent);
}

#[test]
fn abort_resets() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        client.write(b"x").await?;
        server.fill().await?;
        server.consume(1);
        client.abort();
        let error = server.read(&mut [0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn connecting_to_a_closed_port_is_refused_and_names_are_resolved() {
    yibu::run(async {
        let mut listener = TcpListener::bind(("localhost", 0)).await?;
        let port = listener.local_addr()?.port();
        let client = TcpStream::connect(("localhost", port)).await?;
        let (server, _) = listener.accept().await?;
        assert_eq!(server.local_addr()?, client.peer_addr()?);
        let address = listener.local_addr()?;
        drop(listener);
        loop {
            match TcpStream::connect(address).await {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => break,
                // The listener is still being closed.
                Ok(_) => yibu::yield_now().await,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
            }
        }
        assert!(TcpStream::connect("no port").await.is_err());
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn copy_echoes_until_the_end() {
    yibu::run(async {
        let (client, server) = pair().await?;
        let echo = yibu::spawn(async move {
            let (mut read, mut write) = server.split();
            let count = copy(&mut read, &mut write).await?;
            write.shutdown().await?;
            io::Result::Ok(count)
        });
        let sent = pattern(2_000_000);
        let expected = sent.clone();
        let (read, mut write) = client.split();
        let writer = yibu::spawn(async move {
            for chunk in sent.chunks(10_000) {
                write.write(chunk).await?;
            }
            write.shutdown().await?;
            io::Result::Ok(write)
        });
        let mut read = read;
        let mut received = vec![0; expected.len()];
        read.read_exact(&mut received).await?;
        assert!(received == expected);
        assert_eq!(read.read(&mut [0; 1]).await?, 0);
        let mut stream = TcpStream::unsplit(read, writer.await.unwrap()?);
        assert!(stream.try_write(b"x").is_err());
        assert_eq!(echo.await.unwrap()?, expected.len() as u64);
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_lent_buffer_keeps_its_place_before_what_comes_meanwhile() {
    yibu::run(async {
        let (mut client, mut server) = pair().await?;
        client.write(b"first ").await?;
        server.fill().await?;
        {
            let mut lent = server.buffered();
            client.write(b"second").await?;
            client.flush().await?;
            for _ in 0..1_000 {
                yibu::yield_now().await;
            }
            lent.consume(2);
        }
        let mut buffer = [0; 10];
        server.read_exact(&mut buffer).await?;
        assert_eq!(&buffer, b"rst second");
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn many_connections_at_once() {
    yibu::run(async {
        let mut listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = yibu::spawn(async move {
            for _ in 0..500 {
                let (stream, _) = listener.accept().await?;
                yibu::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    copy(&mut read, &mut write).await.unwrap();
                });
            }
            io::Result::Ok(())
        });
        let clients = (0..500).map(|n: u32| {
            yibu::spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                for round in 0..10 {
                    let message = (n * 1000 + round).to_le_bytes();
                    stream.write(&message).await?;
                    let mut answer = [0; 4];
                    stream.read_exact(&mut answer).await?;
                    assert_eq!(answer, message);
                }
                io::Result::Ok(())
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap()?;
        }
        server.await.unwrap()
    })
    .unwrap();
}

#[test]
fn a_stream_outlives_its_loop_harmlessly() {
    let stream = yibu::run(async { pair().await.unwrap().0 });
    drop(stream);
    let listener = yibu::run(async { TcpListener::bind("127.0.0.1:0").await.unwrap() });
    let used = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut listener = listener;
        yibu::run(async { listener.accept().await.map(drop) })
    }));
    let message = *used.unwrap_err().downcast::<&str>().unwrap();
    assert!(message.contains("another event loop"), "{message}");
}
