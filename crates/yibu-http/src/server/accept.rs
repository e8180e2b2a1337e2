//! The server itself: it accepts connections until it is told to stop.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use yibu::net::{TcpListener, TcpStream, ToAddress};
use yibu::time::{Sleep, sleep};

use super::connection::{Connection, Rooms};
use super::limits::Limits;
use super::link::Link;
use super::registry::{Place, SWEEP};
use super::report::{Access, Report};
use super::serving::serve_requests;
use super::shared::{Hooks, Shared};
use super::shutdown::{Shutdown, Watch};
use crate::request::Request;
use crate::response::Response;

/// Serves HTTP/1.1 on one loop.
///
/// ```no_run
/// use yibu_http::{Request, Response, Server};
///
/// # async fn example() -> std::io::Result<()> {
/// let server = Server::bind("127.0.0.1:8080").await?;
/// server.serve(async |request: &mut Request| Response::text(format!("You asked for {}\n", request.path()))).await;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    listener: TcpListener,
    limits: Limits,
    shutdown: Shutdown,
    hooks: Hooks,
}

impl Server {
    /// A server on an address of its own.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved or bound.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the address free.
    pub async fn bind(address: impl ToAddress) -> io::Result<Self> {
        Ok(Server::from_listener(TcpListener::bind(address).await?))
    }

    /// A server on a listener, for instance one of several on the same address
    /// ([`yibu::net::bind_group`]).
    pub fn from_listener(listener: TcpListener) -> Self {
        Server {
            listener,
            limits: Limits::default(),
            shutdown: Shutdown::new(),
            hooks: Hooks::default(),
        }
    }

    /// The address that it is bound to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what ends it.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Has every finished request told to `hook`. Without this a request costs nothing for it.
    pub fn log(mut self, hook: impl Fn(&Access<'_>) + 'static) -> Self {
        self.hooks.log = Some(Box::new(hook));
        self
    }

    /// Has durations measured for the log: two looks at the clock per request.
    pub fn log_durations(mut self) -> Self {
        self.hooks.log_durations = true;
        self
    }

    /// Has trouble told to `hook`, and not to standard error.
    pub fn report(mut self, hook: impl Fn(&Report<'_>) + 'static) -> Self {
        self.hooks.report = Some(Box::new(hook));
        self
    }

    /// Answers every request with what `handler` returns, until the [`Shutdown`] is started and the last connection
    /// has ended.
    ///
    /// A panic in the handler is [reported](Self::report), answered with a 500, and ends that connection alone.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the listener and aborts every connection.
    pub async fn serve<H>(self, handler: H)
    where
        H: AsyncFn(&mut Request) -> Response + 'static,
    {
        let Server {
            mut listener,
            limits,
            shutdown,
            hooks,
        } = self;
        let shared = Rc::new(Shared::new(limits, hooks));
        let handler = Rc::new(handler);
        let rooms = Rc::new(Rooms::new(move |ends| {
            serve_requests(ends, handler.clone())
        }));
        let mut desk = Desk {
            shared,
            watch: shutdown.watch(),
            tick: Box::pin(sleep(SWEEP)),
        };

        loop {
            match desk.next(&mut listener).await {
                Happening::Accepted(stream, peer) => {
                    // Answers leave once a turn, so waiting for more to send with them could only delay them. A
                    // connection that is already dead says so when it is used.
                    let _ = stream.set_nodelay(true);
                    let place = Place::new(desk.shared.clone());
                    let key = place.key();
                    let (read, write) = stream.split();
                    let ends = (Link::new(read, place, peer), write);
                    let task = yibu::spawn(Connection::new(ends, rooms.clone()));
                    desk.shared.registry.set_task(key, task);
                }
                Happening::Failed(error) => desk.shared.report(&Report::Accept(&error)),
                Happening::Tick => desk.shared.registry.sweep(),
                Happening::Stop => break,
            }
        }
        drop(listener);
        desk.finish().await;
    }
}

enum Happening {
    Accepted(TcpStream, SocketAddr),
    Failed(io::Error),
    Tick,
    Stop,
}

/// What the server's task waits with. Dropping it aborts all connections.
struct Desk {
    shared: Rc<Shared>,
    watch: Watch,
    /// To the next sweep. It runs only while there are connections.
    tick: Pin<Box<Sleep>>,
}

impl Desk {
    async fn next(&mut self, listener: &mut TcpListener) -> Happening {
        let mut accept = pin!(listener.accept());
        poll_fn(|cx| {
            if self.watch.poll_started(cx).is_ready() {
                return Poll::Ready(Happening::Stop);
            }
            if self.poll_tick(cx).is_ready() {
                return Poll::Ready(Happening::Tick);
            }
            let registry = &self.shared.registry;
            if registry.len() >= self.shared.limits.connections {
                registry.watch(cx);
                return Poll::Pending;
            }
            accept.as_mut().poll(cx).map(|accepted| match accepted {
                Ok((stream, peer)) => Happening::Accepted(stream, peer),
                Err(error) => Happening::Failed(error),
            })
        })
        .await
    }

    fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.shared.registry.len() == 0 {
            return Poll::Pending;
        }
        let due = self.tick.as_mut().poll(cx);
        if due.is_ready() {
            self.tick.set(sleep(SWEEP));
        }
        due
    }

    /// Waits until all connections have ended, and ends those that take too long.
    async fn finish(mut self) {
        let shared = self.shared.clone();
        let registry = &shared.registry;
        registry.drain();
        let mut deadline = pin!(sleep(shared.limits.shutdown));
        let mut is_late = false;
        poll_fn(|cx| {
            while self.poll_tick(cx).is_ready() {
                registry.sweep();
            }
            if !is_late && deadline.as_mut().poll(cx).is_ready() {
                is_late = true;
                registry.abort();
            }
            registry.watch(cx);
            if registry.len() == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.registry.abort();
    }
}
