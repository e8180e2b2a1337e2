//! Errors give back what was to be sent, and say what to do next.

use std::pin::pin;

use yibu::generator::GeneratorState::{self, Complete, Yielded};
use yibu::generator::{Co, ResumeError, StartError, generator};

use super::{panic_of, poll_once, polls};

#[test]
fn a_value_comes_back() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, String>| co
        .yield_(1)
        .await));
    let early = g.as_mut().try_resume("early".into()).unwrap_err();
    assert_eq!(early, ResumeError::JustStarted("early".into()));
    assert_eq!(early.into_inner().as_deref(), Some("early"));
    assert!(!g.is_started(), "an error changes nothing");

    assert_eq!(g.as_mut().try_start(), Ok(Yielded(1)));
    assert_eq!(g.as_mut().try_start(), Err(StartError::Started));
    assert_eq!(
        g.as_mut().try_resume("sent".into()),
        Ok(Complete("sent".into()))
    );
    assert_eq!(g.as_mut().try_start(), Err(StartError::Finished));
    let late = g.as_mut().try_resume("late".into()).unwrap_err();
    assert_eq!(late, ResumeError::Finished("late".into()));
    assert_eq!(late.into_inner().as_deref(), Some("late"));
}

#[test]
fn a_value_comes_back_unless_the_body_has_it() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, String>| {
        let sent = co.yield_(1).await;
        polls(2).await;
        sent
    }));
    let _ = g.as_mut().start();
    let taken = g.as_mut().try_resume("taken".into()).unwrap_err();
    assert_eq!(taken, ResumeError::Foreign(None));
    assert_eq!(taken.into_inner(), None);
    let back = g.as_mut().try_resume("back".into()).unwrap_err();
    assert_eq!(back, ResumeError::Foreign(Some("back".into())));
    assert_eq!(g.as_mut().try_start(), Err(StartError::Started));

    // A yield that was given up: nobody takes the value.
    let mut g = pin!(generator(async |mut co: Co<'_, u32, String>| {
        poll_once(&mut co.yield_(1)).await;
        polls(2).await;
    }));
    assert_eq!(g.as_mut().start(), Yielded(1));
    let back = g.as_mut().try_resume("back".into());
    assert_eq!(back, Err(ResumeError::Foreign(Some("back".into()))));
}

#[test]
fn texts_say_what_to_do_next() {
    for (text, next) in [
        (StartError::Started.to_string(), "resume it"),
        (StartError::Finished.to_string(), "has finished"),
        (StartError::Foreign.to_string(), "start_async"),
        (ResumeError::JustStarted(1).to_string(), "call start first"),
        (ResumeError::Finished(1).to_string(), "has finished"),
        (ResumeError::Foreign(Some(1)).to_string(), "resume_async"),
    ] {
        assert!(text.contains(next), "{text}");
    }
}

/// A generator at each state, and what each call of the unchecked API says there.
#[test]
fn the_unchecked_calls_panic_with_the_same_texts() {
    let fresh = || generator(async |mut co: Co<'_, u32>| co.yield_(1).await).boxed();
    let text = panic_of(|| fresh().resume(()));
    assert_eq!(text, ResumeError::JustStarted(()).to_string());
    assert_eq!(panic_of(|| drop(fresh().resume_async(()))), text);

    let started = || {
        let mut g = fresh();
        let _ = g.start();
        g
    };
    let text = panic_of(|| started().start());
    assert_eq!(text, StartError::Started.to_string());
    assert_eq!(panic_of(|| drop(started().start_async())), text);
    assert!(panic_of(|| drop(started().continue_async())).contains("start or resume it"));

    let finished = || {
        let mut g = started();
        assert_eq!(g.resume(()), Complete(()));
        g
    };
    let text = panic_of(|| finished().resume(()));
    assert_eq!(text, ResumeError::Finished(()).to_string());
    assert_eq!(panic_of(|| finished().start()), text);
    assert_eq!(panic_of(|| drop(finished().resume_async(()))), text);
    assert_eq!(panic_of(|| drop(finished().start_async())), text);

    let awaiting = || generator(async |_co: Co<'_, u32>| polls(9).await).boxed();
    let text = panic_of(|| awaiting().start());
    assert_eq!(text, StartError::Foreign.to_string());
    assert_eq!(panic_of(|| awaiting().next()), text);
}

#[test]
fn throw_gives_the_error_back_where_no_yield_waits() {
    let fresh = || generator(async |mut co: Co<'_, u32, Result<(), String>>| co.yield_(1).await);
    let mut g = pin!(fresh());
    assert_eq!(g.as_mut().throw("early".into()), Err("early".into()));
    assert!(g.is_finished());
    assert_eq!(g.as_mut().throw("late".into()), Err("late".into()));

    let mut g = pin!(fresh());
    let _ = g.as_mut().start();
    let thrown = g.as_mut().throw("now".into());
    assert_eq!(thrown, Ok(Complete(Err("now".into()))));
}

#[test]
fn a_generator_that_finished_ends_iterators_and_no_more_is_polled() {
    let mut polled = 0;
    {
        let mut g = pin!(generator(async |mut co: Co<'_, u32>| {
            polled += 1;
            co.yield_(1).await;
            polled += 1;
        }));
        assert_eq!(g.as_mut().next(), Some(1));
        for _ in 0..3 {
            assert_eq!(g.as_mut().next(), None);
        }
        g.as_mut().close();
        assert_eq!(g.as_mut().next(), None);
        let state: Result<GeneratorState<_, _>, _> = g.as_mut().try_resume(());
        assert_eq!(state, Err(ResumeError::Finished(())));
    }
    assert_eq!(polled, 2);
}

/// Something else comes before the yield that waits: what was sent comes back, and can be sent again.
#[test]
fn a_value_that_was_not_taken_can_be_sent_again() {
    let mut g = pin!(generator(async |mut co: Co<'_, u32, u32>| {
        let mut waits = co.yield_(1);
        poll_once(&mut waits).await;
        polls(2).await;
        waits.await
    }));
    assert_eq!(g.as_mut().start(), Yielded(1));
    let back = g.as_mut().try_resume(7).unwrap_err().into_inner().unwrap();
    assert_eq!(g.as_mut().try_resume(back), Ok(Complete(7)));
}
