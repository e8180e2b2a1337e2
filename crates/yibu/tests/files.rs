//! Files through the ring or the pool: what is written is read, what is refused is an error, what is dropped is harmless.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use yibu::fs::{self, Dir, File, Links, OpenOptions};

/// A directory of this test's own, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("yibu-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(31) >> 3) as u8).collect()
}

#[test]
fn whole_files_of_all_sizes() {
    let scratch = Scratch::new("whole");
    yibu::run(async {
        for len in [0, 1, 4095, 4096, 32 * 1024, 32 * 1024 + 1, 3_000_001] {
            let path = scratch.path("file");
            fs::write(&path, pattern(len)).await?;
            assert!(fs::read(&path).await? == pattern(len), "{len} bytes");
            assert_eq!(File::open(&path).await?.metadata().await?.len(), len as u64);
        }
        assert!(
            !fs::read("/proc/self/status").await?.is_empty(),
            "a file that says its length is 0"
        );
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn reads_and_writes_at_places() {
    let scratch = Scratch::new("places");
    yibu::run(async {
        let path = scratch.path("file");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .await?;
        file.write_at(10, "end").await?;
        file.write_at(0, "start").await?;
        assert_eq!(file.read_at(0, 100).await?, b"start\0\0\0\0\0end");
        assert_eq!(file.read_at(13, 100).await?, b"");
        let again = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .await;
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let metadata = file.metadata().await?;
        let expected = std::fs::metadata(&path)?;
        use std::os::unix::fs::MetadataExt;
        assert_eq!(
            (metadata.len(), metadata.is_file(), metadata.is_dir()),
            (13, true, false)
        );
        assert_eq!(metadata.modified(), expected.modified()?);
        assert_eq!(
            (metadata.inode(), metadata.device()),
            (expected.ino(), expected.dev())
        );
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn errors_are_the_kernels() {
    let scratch = Scratch::new("errors");
    yibu::run(async {
        let kind = |result: io::Result<File>| result.unwrap_err().kind();
        assert_eq!(
            kind(File::open(scratch.path("none")).await),
            io::ErrorKind::NotFound
        );
        assert_eq!(kind(File::open("a\0b").await), io::ErrorKind::InvalidInput);
        assert_eq!(
            kind(OpenOptions::new().open("x").await),
            io::ErrorKind::InvalidInput
        );
        let directory = File::open(&scratch.0).await?;
        assert_eq!(
            directory.read_at(0, 1).await.unwrap_err().kind(),
            io::ErrorKind::IsADirectory
        );
        assert!(Dir::open(Path::new("Cargo.toml")).await.is_err());
        let mut unwritable = File::open("Cargo.toml").await?;
        assert!(unwritable.write_at(0, "x").await.is_err());
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn nothing_leads_out_of_a_directory_unless_asked() {
    let scratch = Scratch::new("beneath");
    std::fs::create_dir_all(scratch.path("root/inner")).unwrap();
    std::fs::write(scratch.path("secret"), "secret").unwrap();
    std::fs::write(scratch.path("root/inner/file"), "public").unwrap();
    symlink("../secret", scratch.path("root/out")).unwrap();
    symlink(scratch.path("secret"), scratch.path("root/absolute")).unwrap();
    symlink("inner/file", scratch.path("root/in")).unwrap();
    symlink("..", scratch.path("root/inner/up")).unwrap();
    yibu::run(async {
        let root = Dir::open(scratch.path("root")).await?;
        let read = async |path: &str, links| {
            let file = root.open_beneath(Path::new(path), links).await?;
            file.read_at(0, 100).await
        };
        for path in ["inner/file", "in", "inner/up/in", "inner/../in", "./in"] {
            assert_eq!(read(path, Links::Beneath).await?, b"public", "{path}");
        }
        for path in [
            "../secret",
            "out",
            "absolute",
            "inner/../../secret",
            "inner/up/../secret",
            "/etc/passwd",
        ] {
            assert!(
                read(path, Links::Beneath).await.is_err(),
                "{path} leads out"
            );
        }
        assert_eq!(read("out", Links::Follow).await?, b"secret");
        assert_eq!(read("absolute", Links::Follow).await?, b"secret");
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn directories_are_listed() {
    let scratch = Scratch::new("listing");
    std::fs::create_dir(scratch.path("sub")).unwrap();
    std::fs::write(scratch.path("file"), "12345").unwrap();
    symlink("nowhere", scratch.path("broken")).unwrap();
    symlink("file", scratch.path("link")).unwrap();
    yibu::run(async {
        let mut entries = fs::read_dir(&scratch.0).await?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| {
                (
                    entry.name.to_str().unwrap(),
                    entry.metadata.kind(),
                    entry.metadata.is_file(),
                )
            })
            .collect();
        use fs::FileKind::{Dir, File, Symlink};
        assert_eq!(
            seen,
            [
                ("broken", Symlink, false),
                ("file", File, true),
                ("link", File, true),
                ("sub", Dir, false)
            ]
        );
        assert_eq!(entries[1].metadata.len(), 5);
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_dropped_write_is_waited_for_by_the_next() {
    let scratch = Scratch::new("dropped");
    yibu::run(async {
        let mut dropped_early = 0;
        for round in 0..50 {
            let path = scratch.path(&round.to_string());
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .open(&path)
                .await?;
            {
                let mut dropped = pin!(file.write_at(0, pattern(300_000)));
                let polled = dropped
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()));
                // A thread of the pool may be done that fast.
                dropped_early += usize::from(polled.is_pending());
            }
            file.write_at(100_000, "over").await?;
            let bytes = fs::read(&path).await?;
            assert_eq!(
                bytes.len(),
                300_000,
                "the first write has landed, and before the second"
            );
            assert_eq!(&bytes[100_000..100_004], b"over");
        }
        assert!(
            dropped_early > 0,
            "every write was done before it was dropped"
        );
        io::Result::Ok(())
    })
    .unwrap();
}

fn make_fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_pipe_beneath_a_directory_is_opened_without_its_other_end() {
    let scratch = Scratch::new("fifo-beneath");
    make_fifo(&scratch.path("fifo"));
    yibu::run(async {
        let root = Dir::open(&scratch.0).await?;
        // A second time its name is in memory for certain.
        for _ in 0..2 {
            let fifo = root.open_beneath(Path::new("fifo"), Links::Beneath).await?;
            assert_eq!(fifo.metadata().await?.kind(), fs::FileKind::Other);
        }
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn opening_a_pipe_does_not_hold_the_loop_up() {
    let scratch = Scratch::new("fifo");
    let path = scratch.path("fifo");
    make_fifo(&path);
    // Its name is in memory.
    std::fs::metadata(&path).unwrap();
    let (done, is_done) = mpsc::channel::<()>();
    let other_end = path.clone();
    let watchdog = thread::spawn(move || {
        let in_time = is_done.recv_timeout(Duration::from_secs(10)).is_ok();
        if !in_time {
            // Lets the loop go on, so that the test ends: until the loop has said so, and has ended.
            let _both = std::fs::File::options()
                .read(true)
                .write(true)
                .open(other_end);
            is_done.iter().for_each(drop);
        }
        in_time
    });
    yibu::run(async {
        let reader = path.clone();
        let opening = yibu::spawn(async move { File::open(reader).await });
        yibu::yield_now().await;
        done.send(()).expect("the loop was not held up");
        let writer = yibu::to_thread(move || std::fs::File::options().write(true).open(path));
        let _writer = writer.await.unwrap();
        opening.await.unwrap().unwrap();
    });
    assert!(watchdog.join().unwrap(), "the loop stood still");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_not_in_memory_is_read_all_the_same() {
    let scratch = Scratch::new("uncached");
    let path = scratch.path("file");
    std::fs::write(&path, pattern(1_000_000)).unwrap();
    let forget = |from, len: u64| {
        let file = std::fs::File::open(&path).unwrap();
        file.sync_all().unwrap();
        let len = std::num::NonZeroU64::new(len);
        rustix::fs::fadvise(&file, from, len, rustix::fs::Advice::DontNeed).unwrap();
    };
    yibu::run(async {
        for (from, len) in [(0, 0), (0, 4096), (100_000, 50_000), (65_536, 900_000)] {
            forget(from, len);
            let root = Dir::open(&scratch.0).await?;
            let file = root.open_beneath(Path::new("file"), Links::Beneath).await?;
            let mut read = Vec::new();
            while read.len() < 1_000_000 {
                let piece = file.read_at(read.len() as u64, 100_000).await?;
                assert!(!piece.is_empty(), "only the end reads as nothing");
                read.extend(piece);
            }
            assert!(
                read == pattern(1_000_000),
                "{len} bytes from {from} forgotten"
            );
            assert_eq!(file.read_at(1_000_000, 10).await?, b"");
        }
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn metadata_has_what_was_written_just_before() {
    let scratch = Scratch::new("current");
    let path = scratch.path("file");
    yibu::run(async {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .open(&path)
            .await?;
        let opened_before = File::open(&path).await?;
        for len in 1..100 {
            file.write_at(len - 1, "x").await?;
            assert_eq!(file.metadata().await?.len(), len);
            assert_eq!(opened_before.metadata().await?.len(), len);
        }
        // By somebody else, too.
        std::fs::File::options()
            .write(true)
            .open(&path)?
            .set_len(5)?;
        let metadata = file.metadata().await?;
        assert_eq!(metadata.len(), 5);
        assert_eq!(metadata.modified(), std::fs::metadata(&path)?.modified()?);
        std::fs::remove_file(&path)?;
        assert_eq!(
            file.metadata().await?,
            metadata,
            "of the file, not of its name"
        );
        io::Result::Ok(())
    })
    .unwrap();
}

#[test]
fn a_task_that_only_asks_for_files_lets_others_run() {
    let scratch = Scratch::new("fair");
    std::fs::write(scratch.path("file"), "x").unwrap();
    yibu::run(async {
        let root = Dir::open(&scratch.0).await?;
        let file = root.open_beneath(Path::new("file"), Links::Beneath).await?;
        for what in 0..3 {
            let over = Rc::new(Cell::new(false));
            let ends = over.clone();
            let other = yibu::spawn(async move {
                yibu::time::sleep(Duration::from_millis(1)).await;
                ends.set(true);
            });
            let mut rounds = 0;
            while !over.get() {
                match what {
                    0 => drop(file.metadata().await?),
                    1 => drop(file.read_at(0, 10).await?),
                    _ => drop(root.open_beneath(Path::new("file"), Links::Beneath).await?),
                }
                rounds += 1;
                assert!(rounds < 5_000_000, "nobody else runs");
            }
            other.await.unwrap();
        }
        io::Result::Ok(())
    })
    .unwrap();
}
