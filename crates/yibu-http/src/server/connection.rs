//! One connection: idle, serving, idle again, closed.
//!
//! ```text
//!   accepted --> Idle --bytes--> Serving --nothing more has arrived--> Idle
//!                  | |              |
//!                  | +--------------+--> Closed
//!                  +--an answer is still on its way--> Closing --> Closed
//! ```
//!
//! What an idle connection needs is in [`Connection`], and that is little. What a request needs is in the future of
//! [`serve_requests`](super::serving::serve_requests), which is put into a recycled box for as long as there are requests.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use yibu::net::WriteHalf;

use super::link::{Awake, Link};
use super::serving::linger;
use super::writer::Writer;

/// Both sides of an open connection.
pub(super) type Ends = (Link, WriteHalf);

/// Boxes in which futures of one type run, kept for the next.
pub(super) struct Rooms<S, F> {
    start: S,
    spare: RefCell<Vec<Pin<Box<Option<F>>>>>,
}

/// How many boxes are kept.
const SPARE_ROOMS: usize = 32;

impl<S: Fn(Ends) -> F, F: Future<Output = Option<Ends>>> Rooms<S, F> {
    pub(super) fn new(start: S) -> Self {
        Rooms {
            start,
            spare: RefCell::default(),
        }
    }

    fn open(&self, ends: Ends) -> Pin<Box<Option<F>>> {
        let spare = self.spare.borrow_mut().pop();
        let mut room = spare.unwrap_or_else(|| Box::pin(None));
        room.as_mut().set(Some((self.start)(ends)));
        room
    }

    fn leave(&self, mut room: Pin<Box<Option<F>>>) {
        room.as_mut().set(None);
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE_ROOMS {
            spare.push(room);
        }
    }
}

/// The task of one connection. Written by hand, since an async function would keep its argument twice.
pub(super) struct Connection<S, F> {
    rooms: Rc<Rooms<S, F>>,
    state: State<F>,
}

enum State<F> {
    Idle(Ends),
    Serving(Pin<Box<Option<F>>>),
    /// The stream has not sent all of the last answer yet.
    Closing(Pin<Box<dyn Future<Output = ()>>>),
    Closed,
}

impl<S, F> Connection<S, F> {
    pub(super) fn new(ends: Ends, rooms: Rc<Rooms<S, F>>) -> Self {
        Connection {
            rooms,
            state: State::Idle(ends),
        }
    }
}

impl<S: Fn(Ends) -> F, F: Future<Output = Option<Ends>>> Future for Connection<S, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Connection { rooms, state } = self.get_mut();
        loop {
            match state {
                State::Closed => return Poll::Ready(()),
                State::Idle((link, _)) => {
                    let awake = std::task::ready!(link.poll_idle(cx));
                    let State::Idle((link, half)) = std::mem::replace(state, State::Closed) else {
                        continue;
                    };
                    *state = match awake {
                        Awake::Bytes => State::Serving(rooms.open((link, half))),
                        Awake::Close if half.queued_len() > 0 => {
                            let writer = Writer::new(half, Vec::new());
                            State::Closing(Box::pin(linger(link, writer)))
                        }
                        Awake::Close => State::Closed,
                    };
                }
                State::Closing(closing) => {
                    std::task::ready!(closing.as_mut().poll(cx));
                    *state = State::Closed;
                }
                State::Serving(room) => {
                    let serving = room.as_mut().as_pin_mut().expect("the room is in use");
                    let ends = std::task::ready!(serving.poll(cx));
                    let next = ends.map_or(State::Closed, State::Idle);
                    if let State::Serving(room) = std::mem::replace(state, next) {
                        rooms.leave(room);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;
    use crate::response::Response;
    use crate::server::registry::Place;
    use crate::server::serving::serve_requests;
    use crate::server::shared::{Hooks, Shared};
    use yibu::net::{TcpListener, TcpStream};

    /// All that an idle connection holds, besides its stream's entry in the loop, its slot, and its task's header.
    #[test]
    fn an_idle_connection_is_small() {
        yibu::run(async {
            let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let _client = TcpStream::connect(address).await.unwrap();
            let (stream, peer) = listener.accept().await.unwrap();
            let shared = Rc::new(Shared::new(Default::default(), Hooks::default()));
            let handler = Rc::new(async |_: &mut Request| Response::text("hello"));
            let (read, write) = stream.split();
            let ends = (Link::new(read, Place::new(shared), peer), write);
            let rooms = Rc::new(Rooms::new(move |link| {
                serve_requests(link, handler.clone())
            }));
            let size = size_of_val(&Connection::new(ends, rooms));
            assert!(size <= 88, "{size} bytes");
        });
    }
}
