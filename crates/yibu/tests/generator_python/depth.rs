//! Nested delegation: each way of delegating, each depth, each thing that a driver does there, against one Python program.
//!
//! Level 0 yields twice and returns the sum of what it was sent. Each level above delegates to the one below, then yields itself, and returns one more. The level `catches` catches what is thrown.

use std::pin::pin;

use yibu::generator::{Body, Co, LocalBoxGenerator, Nested, generator};

use super::Table;
use super::driver::{Driver, Error, Guard, Sent, drive, leave, say};

const PYTHON: &str = "
def level(depth, catches):
    with guard(f'level {depth}'):
        try:
            if depth == 0:
                a = yield 10; say('got', a)
                b = yield 20; say('got', b)
                return (a or 0) + (b or 0)
            n = yield from level(depth - 1, catches)
            say('level', depth, 'has', n)
            say('got', (yield 100 * depth))
            return n + 1
        except Oops:
            if depth != catches: raise
            say('caught at', depth)
            say('got', (yield -depth))
            return 0
def outer(depth, catches):
    n = yield from level(depth, catches)
    yield 1000
    return n
";

const NAMES: [&str; 4] = ["level 0", "level 1", "level 2", "level 3"];
const NOBODY: i64 = -1;

/// What a level does. `$below` is how it delegates, given its handle.
macro_rules! level {
    ($co:ident, $depth:expr, $catches:expr, $below:expr) => {{
        let (depth, catches): (i64, i64) = ($depth, $catches);
        let _guard = Guard(NAMES[depth as usize]);
        let outcome: Result<i64, Error> = async {
            if depth == 0 {
                let a = $co.yield_(10).await?;
                say!("got", a);
                let b = $co.yield_(20).await?;
                say!("got", b);
                return Ok(a.unwrap_or(0) + b.unwrap_or(0));
            }
            let n = $below?;
            say!("level", depth, "has", n);
            say!("got", $co.yield_(100 * depth).await?);
            Ok(n + 1)
        }
        .await;
        match outcome {
            Err("Oops") if depth == catches => {
                say!("caught at", depth);
                say!("got", $co.yield_(-depth).await?);
                Ok(0)
            }
            other => other,
        }
    }};
}

type Outcome = Result<i64, Error>;
type Handle<'a> = Co<'a, i64, Sent>;

/// By `reborrow`: the chain is known when compiling, but for its length here, which is a constant.
async fn by_reborrow<const DEPTH: usize>(co: Handle<'_>, catches: i64) -> Outcome {
    async fn level_0(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 0, catches, Ok(0))
    }
    async fn level_1(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 1, catches, level_0(co.reborrow(), catches).await)
    }
    async fn level_2(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 2, catches, level_1(co.reborrow(), catches).await)
    }
    async fn level_3(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 3, catches, level_2(co.reborrow(), catches).await)
    }
    match DEPTH {
        0 => level_0(co, catches).await,
        1 => level_1(co, catches).await,
        2 => level_2(co, catches).await,
        3 => level_3(co, catches).await,
        _ => panic!("no such level"),
    }
}

/// By `delegate`: recursion.
async fn by_delegate(mut co: Nested<'_, i64, Sent>, depth: i64, catches: i64) -> Outcome {
    level!(co, depth, catches, {
        co.delegate(|co| by_delegate(co, depth - 1, catches)).await
    })
}

/// By `yield_from`: a pinned generator at each level.
async fn by_yield_from<const DEPTH: usize>(mut co: Handle<'_>, catches: i64) -> Outcome {
    macro_rules! below {
        ($co:ident, $level:ident, $catches:ident) => {{
            let below = pin!(generator(async |co| $level(co, $catches).await));
            $co.yield_from(below).await
        }};
    }
    async fn level_0(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 0, catches, Ok(0))
    }
    async fn level_1(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 1, catches, below!(co, level_0, catches))
    }
    async fn level_2(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 2, catches, below!(co, level_1, catches))
    }
    async fn level_3(mut co: Handle<'_>, catches: i64) -> Outcome {
        level!(co, 3, catches, below!(co, level_2, catches))
    }
    match DEPTH {
        0 => below!(co, level_0, catches),
        1 => below!(co, level_1, catches),
        2 => below!(co, level_2, catches),
        3 => below!(co, level_3, catches),
        _ => panic!("no such level"),
    }
}

/// By `yield_from` of boxed generators.
fn boxed(depth: i64, catches: i64) -> LocalBoxGenerator<'static, i64, Sent, Outcome> {
    generator(async move |mut co: Handle<'_>| {
        level!(co, depth, catches, {
            let mut below = boxed(depth - 1, catches);
            co.yield_from(below.as_pin()).await
        })
    })
    .boxed_local()
}

/// What a driver does, in either language's words.
#[derive(Clone, Copy)]
enum Step {
    Start,
    Next,
    Send(i64),
    Throw(Error),
    Close,
    State,
    Drop,
}

impl Step {
    fn python(self) -> String {
        match self {
            Step::Start => "g.start()".into(),
            Step::Next => "g.next()".into(),
            Step::Send(value) => format!("g.send({value})"),
            Step::Throw(error) => format!("g.throw({error}())"),
            Step::Close => "g.close()".into(),
            Step::State => "g.state()".into(),
            Step::Drop => "g.drop()".into(),
        }
    }
}

fn run<B: Body<i64, Sent, Return = Outcome>>(mut g: Driver<'_, i64, i64, B>, steps: &[Step]) {
    for step in steps {
        match *step {
            Step::Start => g.start(),
            Step::Next => g.next(),
            Step::Send(value) => g.send(value),
            Step::Throw(error) => g.throw(error),
            Step::Close => g.close(),
            Step::State => g.state(),
            Step::Drop => return g.drop(),
        }
    }
    leave(g);
}

/// Runs the steps on a generator that delegates in one of the ways.
fn delegate<const DEPTH: usize>(way: &str, catches: i64, steps: &[Step]) {
    let depth = DEPTH as i64;
    macro_rules! outer {
        ($co:ident => $below:expr) => {
            run(
                drive(async |mut $co| {
                    let n = $below?;
                    $co.yield_(1000).await?;
                    Ok(n)
                }),
                steps,
            )
        };
    }
    match way {
        "reborrow" => outer!(co => by_reborrow::<DEPTH>(co.reborrow(), catches).await),
        "delegate" => {
            outer!(co => co.delegate(|co| by_delegate(co, depth, catches)).await)
        }
        "yield_from" => outer!(co => by_yield_from::<DEPTH>(co.reborrow(), catches).await),
        "boxed" => outer!(co => co.yield_from(boxed(depth, catches).as_pin()).await),
        _ => panic!("no such way"),
    }
}

pub(super) fn add(t: &mut Table) {
    add_at::<1>(t);
    add_at::<2>(t);
    add_at::<3>(t);
}

fn add_at<const DEPTH: usize>(t: &mut Table) {
    let depth = DEPTH as i64;
    for (what, catches, steps) in scripts(depth) {
        let calls: Vec<String> = steps.iter().map(|step| step.python()).collect();
        let calls = calls.join("; ");
        let python = format!("{PYTHON}g = drive(outer({depth}, {catches})); {calls}\n");
        for way in ["reborrow", "delegate", "yield_from", "boxed"] {
            let name = format!("depth {depth} by {way}: {what}");
            let steps = steps.clone();
            t.same(name, &python, move || {
                delegate::<DEPTH>(way, catches, &steps)
            });
        }
    }
}

/// What is done at a depth, who catches there, and the steps.
fn scripts(depth: i64) -> Vec<(String, i64, Vec<Step>)> {
    use Step::*;
    let sends = || (1..=depth + 4).map(Send);
    let script = |steps: &[Step]| steps.to_vec();
    let mut scripts = vec![
        (
            "values sent".into(),
            NOBODY,
            [Start].into_iter().chain(sends()).collect(),
        ),
        (
            "next".into(),
            NOBODY,
            [Start].into_iter().chain(sends().map(|_| Next)).collect(),
        ),
        (
            "before the start".into(),
            NOBODY,
            script(&[Send(1), State, Throw("Oops"), State, Next]),
        ),
        (
            "closed before the start".into(),
            NOBODY,
            script(&[Close, State, Next]),
        ),
        (
            "another error".into(),
            depth,
            script(&[Start, Next, Throw("Other"), State, Next]),
        ),
    ];
    for catches in NOBODY..=depth {
        let steps = script(&[
            Start,
            Send(1),
            Throw("Oops"),
            Send(2),
            Send(3),
            Throw("Other"),
            State,
        ]);
        scripts.push((
            format!("thrown at the bottom, caught at {catches}"),
            catches,
            steps,
        ));
        // The bottom has returned; level 1 waits.
        let steps = script(&[
            Start,
            Send(1),
            Send(2),
            Throw("Oops"),
            Send(4),
            State,
            Close,
        ]);
        scripts.push((
            format!("thrown at level 1, caught at {catches}"),
            catches,
            steps,
        ));
    }
    // Suspended at each level in turn.
    for at in 0..=depth + 2 {
        for (what, last) in [("closed", Close), ("dropped", Drop)] {
            let first = [Start].into_iter().chain((0..at).map(Send));
            let steps = first.chain([last]).collect();
            scripts.push((format!("{what} after {at} resumes"), NOBODY, steps));
        }
        let first = [Start].into_iter().chain((0..at).map(Send));
        let steps = first.chain([Throw("Oops"), State]).collect();
        scripts.push((
            format!("thrown after {at} resumes, and not caught"),
            NOBODY,
            steps,
        ));
    }
    scripts
}
