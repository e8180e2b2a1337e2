//! Why an item could not be put or got. Each error of a put gives the item back.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

const FULL: &str = "the queue is full";
const EMPTY: &str = "the queue is empty";
const SHUTDOWN: &str = "the queue is shut down";
const ENDED: &str = "the queue is shut down and empty";
const STILL_FULL: &str = "the queue was still full when the time was up";
const STILL_EMPTY: &str = "the queue was still empty when the time was up";
const KILLED: &str = "this thread is being killed, and waits no more";

/// An error of a put: its variants hold the item.
macro_rules! put_error {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident: $text:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum $name<T> {
            $($(#[$variant_doc])* $variant(T),)*
        }

        impl<T> $name<T> {
            /// The item that was not put.
            pub fn into_inner(self) -> T {
                match self {
                    $($name::$variant(item) => item,)*
                }
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant(_) => f.write_str(concat!(stringify!($variant), "(..)")),)*
                }
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant(_) => f.write_str($text),)*
                }
            }
        }

        impl<T> Error for $name<T> {}
    };
}

macro_rules! get_error {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident: $text:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant => f.write_str($text),)*
                }
            }
        }

        impl Error for $name {}
    };
}

put_error! {
    /// Why a put that waits did not put.
    PutError {
        /// The queue is shut down. Python's `ShutDown`.
        Shutdown: SHUTDOWN,
        /// Only of a blocking form, in a destructor on a daemon thread that is being killed: it would have had to wait.
        Killed: KILLED,
    }
}

put_error! {
    /// Why a put that does not wait did not put.
    TryPutError {
        /// There is no room, or others wait for it. Python's `Full`.
        Full: FULL,
        /// The queue is shut down. Python's `ShutDown`.
        Shutdown: SHUTDOWN,
    }
}

put_error! {
    /// Why a put with a time limit did not put.
    PutTimeoutError {
        /// There was no room until the time was up. Python's `Full`.
        TimedOut: STILL_FULL,
        /// The queue is shut down. Python's `ShutDown`.
        Shutdown: SHUTDOWN,
        /// Only in a destructor on a daemon thread that is being killed: it would have had to wait.
        Killed: KILLED,
    }
}

get_error! {
    /// Why a get that waits got nothing.
    GetError {
        /// The queue is shut down, and there is nothing left in it. Python's `ShutDown`.
        Shutdown: ENDED,
        /// Only of a blocking form, in a destructor on a daemon thread that is being killed: it would have had to wait.
        Killed: KILLED,
    }
}

get_error! {
    /// Why a get that does not wait got nothing.
    TryGetError {
        /// Nothing is there, or others wait for it. Python's `Empty`.
        Empty: EMPTY,
        /// The queue is shut down, and there is nothing left in it. Python's `ShutDown`.
        Shutdown: ENDED,
    }
}

get_error! {
    /// Why a get with a time limit got nothing.
    GetTimeoutError {
        /// Nothing came until the time was up. Python's `Empty`.
        TimedOut: STILL_EMPTY,
        /// The queue is shut down, and there is nothing left in it. Python's `ShutDown`.
        Shutdown: ENDED,
        /// Only in a destructor on a daemon thread that is being killed: it would have had to wait.
        Killed: KILLED,
    }
}

get_error! {
    /// Why a join with a time limit did not see the end.
    JoinTimeoutError {
        /// Some items were not done when the time was up.
        TimedOut: "not every item was done when the time was up",
        /// Only in a destructor on a daemon thread that is being killed: it would have had to wait.
        Killed: KILLED,
    }
}

/// `task_done` was called more often than items were put: a mistake in the program. Python's `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskDoneError;

impl fmt::Display for TaskDoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("task_done was called more often than items were put")
    }
}

impl Error for TaskDoneError {}
