//! Files over keep-alive connections: what it costs a server of one core to get a file to a socket.
//!
//! There is one file to a variant, of 1 KiB or 64 KiB over 64 connections or of 10 MiB over 16, in a temporary folder that the harness makes
//! anew; it is in the page cache. Each connection asks for it again once it has it. All servers listen on the same kind of socket and open
//! the file for each request, but for the limits and `nginx-cached`; the load checks status, type, length, date and every byte of the body.
//! What they tell besides (validators, ranges) is up to them.
//!
//! There are two limits, which open the file once and write the head by hand. `limit-sendfile` has the kernel send the file's pages and
//! copies nothing: the least for a file that is not small. `limit-copy` reads into memory and sends from there: the least if
//! the bytes pass through the program. yibu copies what is shorter than 16 KiB or longer than 1 MiB, and has the kernel send the rest. Of 1 KiB a copy is cheaper
//! than a page's way, and of 64 KiB it is about the same. Of 10 MiB it depends on the machine's congestion control: with cubic a copy costs two to three times
//! as much; with bbr, which paces, `sendfile` costs more than the copy in most rounds and much less in others.
//!
//! The file is in memory, so threads that read it only cost: nginx and actix-files (as it is set here) read in their loops, yibu reads what it
//! copies by its ring, tower-http and ntex-files ask a pool of threads.
//!
//! Missing: hyper, axum, monoio, compio, glommio and may_minihttp bring no server of files; aiohttp's documentation advises its own for
//! development only.
#![forbid(unsafe_code)]

use crate::Result;
use crate::harness::{Metric, Process, Scenario, Start, Visit, Work};
use crate::kit::files::{self, Folder, SHAPES};
use crate::load::{Load, Until, Wait};
use std::sync::Mutex;

pub(crate) const SCENARIO: HttpFile = HttpFile;

pub(crate) struct HttpFile;

/// The folder of the variant that is being measured.
static FOLDER: Mutex<Option<Folder>> = Mutex::new(None);

const SPEED: Metric = Metric::higher("speed", "MiB/s", "bytes of files in a second");

impl Scenario for HttpFile {
    fn about(&self) -> &'static str {
        "files of 1 KiB to 10 MiB over keep-alive connections"
    }

    fn variants(&self) -> &'static [&'static str] {
        const { &[SHAPES[0].variant, SHAPES[1].variant, SHAPES[2].variant] }
    }

    fn limit(&self) -> Option<&'static str> {
        Some("limit-sendfile")
    }

    fn metrics(&self) -> &'static [Metric] {
        &[
            Metric::CPU,
            Metric::USER,
            Metric::RATE,
            SPEED,
            Metric::P50,
            Metric::P99,
            Metric::SWITCHES,
            Metric::MEMORY,
        ]
    }

    fn start(&self, variant: &str, start: &mut Start) -> Result<()> {
        let mut folder = FOLDER.lock().expect("no panic under the lock");
        if folder.is_none() {
            *folder = Some(Folder::make(variant)?);
        }
        let path = folder.as_ref().map(|folder| folder.path().to_owned());
        let path = path.and_then(|path| path.into_os_string().into_string().ok());
        let path = path.ok_or("the temporary folder has no readable name")?;
        start.environment.push((files::VARIABLE, path));
        Ok(())
    }

    fn end(&self) {
        FOLDER.lock().expect("no panic under the lock").take();
    }

    /// Opens connections, gets the file once on each (so that accepting and growing are not counted), and measures.
    fn visit(&self, process: &mut Process, visit: &Visit<'_>) -> Result<Work> {
        let folder = FOLDER.lock().expect("no panic under the lock");
        let wanted = folder.as_ref().ok_or("it was not started")?.wanted();
        let shape = files::shape(visit.variant)?;
        let mut load =
            Load::connect_for(wanted, process.address()?, shape.connections, 1, Wait::Spin)?;
        load.run(Until::Requests(1))?;
        process.begin()?;
        let report = load.run(Until::Elapsed(visit.length))?;
        process.end()?;
        let mut work = Work::from(report);
        let mebibytes = (work.operations as f64) * shape.length as f64 / f64::from(1 << 20);
        work.own = vec![(SPEED.name, mebibytes / work.elapsed.as_secs_f64())];
        Ok(work)
    }
}
