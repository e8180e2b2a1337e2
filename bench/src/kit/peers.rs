//! The runtimes of the peers, set up as well as their builders allow for one core.
//!
//! Both ring runtimes create their rings without flags unless told; every completion then interrupts the thread. `coop_taskrun` is
//! the cure that both take: `defer_taskrun` as well would keep completions from a runtime that has tasks ready, since monoio then only submits.

#![forbid(unsafe_code)]

use crate::Result;

/// monoio's, on io_uring or not at all, with timers.
pub(crate) fn monoio() -> Result<monoio::Runtime<monoio::time::TimeDriver<monoio::IoUringDriver>>> {
    let mut ring = monoio_uring::IoUring::builder();
    ring.setup_single_issuer()
        .setup_coop_taskrun()
        .setup_taskrun_flag();
    Ok(monoio::RuntimeBuilder::<monoio::IoUringDriver>::new()
        .uring_builder(ring)
        .with_entries(4096)
        .enable_timer()
        .build()?)
}

/// compio's, on io_uring. It looks for completions after every `event_interval` polls of tasks.
pub(crate) fn compio(event_interval: Option<usize>) -> Result<compio::runtime::Runtime> {
    let mut driver = compio::driver::ProactorBuilder::new();
    driver
        .capacity(4096)
        .single_issuer(true)
        .coop_taskrun(true)
        .taskrun_flag(true);
    let mut builder = compio::runtime::RuntimeBuilder::new();
    builder.with_proactor(driver);
    if let Some(interval) = event_interval {
        builder.event_interval(interval);
    }
    let runtime = builder.build()?;
    if runtime.driver_type().is_polling() {
        return Err("compio found no io_uring".into());
    }
    Ok(runtime)
}
