//! Files through the ring or the pool: what is written is read, what is refused is an error, what is dropped is harmless.
#![forbid(unsafe_code)]

use std::future::Future;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Waker};

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
