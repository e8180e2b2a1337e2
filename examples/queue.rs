//! Two threads and a task take work from one queue: `cargo run -p yibu --example queue`.
//!
//! The queue holds at most ten items, so whoever puts is slowed to what they can do. Nobody spins: who has nothing to do sleeps.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::thread;

use yibu::queue::Queue;

const NUMBERS: u64 = 1_000;

#[yibu::main]
async fn main() -> io::Result<()> {
    let (work, jobs) = Queue::fifo(10).split();
    let (answers, results) = Queue::unbounded().split();

    let threads = ["one", "two"].map(|name| {
        let (jobs, answers) = (jobs.clone(), answers.clone());
        thread::spawn(move || {
            // Ends when the last sender is gone and nothing is left.
            while let Ok(number) = jobs.get_blocking() {
                let answer = (name, number, collatz(number));
                answers.put_blocking(answer).expect("somebody reads");
            }
        })
    });
    let task = yibu::spawn(async move {
        while let Ok(number) = jobs.get().await {
            let answer = ("the task", number, collatz(number));
            answers.put(answer).await.expect("somebody reads");
        }
    });

    for number in 1..=NUMBERS {
        work.put(number).await.expect("somebody works");
    }
    drop(work);
    task.await.expect("it does not panic");

    let (mut longest, mut count, mut sum) = ((0, 0), 0, 0);
    while let Ok((_who, number, steps)) = results.get().await {
        longest = longest.max((steps, number));
        count += 1;
        sum += number;
    }
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    assert_eq!((count, sum), (NUMBERS, NUMBERS * (NUMBERS + 1) / 2));
    let (steps, number) = longest;
    writeln!(
        io::stdout(),
        "{count} numbers; {number} takes the most steps to reach 1: {steps}"
    )
}

/// How many steps of "halve it if even, else triple it and add one" lead to 1.
fn collatz(mut number: u64) -> u32 {
    let mut steps = 0;
    while number != 1 {
        number = if number.is_multiple_of(2) {
            number / 2
        } else {
            3 * number + 1
        };
        steps += 1;
    }
    steps
}
