//! How a future that a coroutine waits for is woken, from any thread.
#![forbid(unsafe_code)]

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Whose futures were woken. While there are some, a byte lies in the pipe, by which a scheduler that sleeps is told.
pub(super) struct Wakes {
    woken: Mutex<Vec<usize>>,
    writer: PipeWriter,
    reader: PipeReader,
}

impl Wakes {
    pub(super) fn new() -> io::Result<Arc<Self>> {
        let (reader, writer) = pipe()?;
        Ok(Arc::new(Self {
            woken: Mutex::default(),
            writer,
            reader,
        }))
    }

    /// What becomes readable by a wake.
    pub(super) fn reader(&self) -> &PipeReader {
        &self.reader
    }

    pub(super) fn waker(self: &Arc<Self>, coroutine: usize) -> Waker {
        let wakes = Arc::clone(self);
        Waker::from(Arc::new(Of { coroutine, wakes }))
    }

    /// Who was woken since.
    pub(super) fn take(&self) -> io::Result<Vec<usize>> {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if !woken.is_empty() {
            // It is there: it was written under the lock.
            (&self.reader).read_exact(&mut [0])?;
        }
        Ok(take(&mut woken))
    }
}

struct Of {
    coroutine: usize,
    wakes: Arc<Wakes>,
}

impl Wake for Of {
    fn wake(self: Arc<Self>) {
        let mut woken = self
            .wakes
            .woken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if woken.is_empty() {
            // One byte always fits, and the reader is there as long as this is.
            let _ = (&self.wakes.writer).write_all(&[0]);
        }
        woken.push(self.coroutine);
    }
}
