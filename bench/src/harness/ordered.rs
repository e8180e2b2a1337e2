//! A visit to a worker: an order of a size that takes about as long as the visit is to take, found out once for each process.
#![forbid(unsafe_code)]

use super::{Metric, Process, Visit, Work};
use crate::Result;
use crate::contestant::Done;
use std::time::Duration;

/// Work that a worker does as often as it is ordered to.
pub(crate) struct Ordered {
    /// The first and smallest order.
    pub(crate) least: u64,
    /// The largest: for work that grows with it, whatever the speed, as far as time and memory allow.
    pub(crate) most: u64,
    /// Operations in an order of one: what costs are shared out by.
    pub(crate) operations: u64,
}

impl Ordered {
    /// Work of which any amount may be ordered.
    pub(crate) const fn any(least: u64, operations: u64) -> Self {
        Self {
            least,
            most: u64::MAX,
            operations,
        }
    }

    /// One contestant's part of one round; `proof` is the number that proves an order of so many. The worker's own CPU time, without what it set
    /// up, is [`Metric::CPU`].
    ///
    /// # Errors
    ///
    /// If the worker ends or says nothing for long, or if its proof is wrong.
    pub(crate) fn visit(
        &self,
        process: &mut Process,
        visit: &Visit<'_>,
        proof: impl Fn(u64) -> u64,
    ) -> Result<Work> {
        let order = |process: &mut Process, count| verified(process.order(count)?, proof(count));
        let count = match process.batch {
            Some(count) => count,
            None => self.calibrate(visit.length, |count| order(process, count))?,
        };
        process.batch = Some(count);
        process.begin()?;
        let done = order(process, count)?;
        process.end()?;
        let operations = count * self.operations;
        let mut work = Work::new(operations, done.wall);
        let cpu = done.cpu.as_nanos() as f64 / operations as f64;
        work.own.push((Metric::CPU.name, cpu));
        Ok(work)
    }

    /// Orders about so many operations and says how many they were: for instructions.
    pub(crate) fn some_work(&self, process: &mut Process, operations: u64) -> Result<u64> {
        let count = operations
            .div_ceil(self.operations)
            .clamp(self.least.min(self.most), self.most);
        process.order(count)?;
        Ok(count * self.operations)
    }

    /// How many take about `length`: orders grow until one takes a quarter of it. Not only does the time of a small one say little, but
    /// what is done for the first time is done before anything is measured.
    fn calibrate(
        &self,
        length: Duration,
        mut order: impl FnMut(u64) -> Result<Done>,
    ) -> Result<u64> {
        let mut count = self.least;
        loop {
            let took = order(count)?.wall;
            let next = self.next(count, took, length);
            if took >= length / 4 || next == count {
                return Ok(next);
            }
            count = next;
        }
    }

    /// The order after one of `count` that took `took`: what would take `length`, but not many times as much at once.
    fn next(&self, count: u64, took: Duration, length: Duration) -> u64 {
        let times = length.as_secs_f64() / took.as_secs_f64().max(1e-9);
        let least = if took < length / 4 { 2.0 } else { 0.0 };
        let next = (count as f64 * times.clamp(least, 64.0)) as u64;
        next.clamp(self.least, self.most)
    }
}

fn verified(done: Done, proof: u64) -> Result<Done> {
    if done.proof == proof {
        return Ok(done);
    }
    Err(format!(
        "its proof is {} and not {proof}: the work was not done",
        done.proof
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_millis(500);

    #[test]
    fn orders_grow_until_one_takes_as_long_as_a_visit() {
        let work = Ordered::any(1000, 1);
        let millis = Duration::from_millis;
        assert_eq!(work.next(1000, Duration::ZERO, LENGTH), 64_000);
        assert_eq!(work.next(64_000, millis(10), LENGTH), 3_200_000);
        assert_eq!(work.next(1000, millis(200), LENGTH), 2500);
        assert_eq!(work.next(4000, millis(1000), LENGTH), 2000);
    }

    #[test]
    fn calibration_ends_at_what_takes_as_long_as_a_visit() {
        // 50 ns for each, and 10 us for any order.
        let mut orders = Vec::new();
        let found = Ordered::any(1000, 1).calibrate(LENGTH, |count| {
            orders.push(count);
            Ok(Done {
                wall: Duration::from_nanos(10_000 + 50 * count),
                cpu: Duration::ZERO,
                proof: 0,
            })
        });
        let found = found.unwrap();
        assert!((9_000_000..=10_000_000).contains(&found), "{found}");
        assert!(orders.len() < 5, "{orders:?}");
    }

    #[test]
    fn an_order_is_never_less_than_the_least_or_more_than_the_most() {
        let work = Ordered {
            most: 2000,
            ..Ordered::any(1000, 1)
        };
        assert_eq!(work.next(1000, Duration::from_secs(60), LENGTH), 1000);
        assert_eq!(work.next(1000, Duration::ZERO, LENGTH), 2000);
    }
}
