//! The connection to a compositor.

use super::WaylandError;
use super::events::{Callback, Event, State};
use super::outputs::Output;
use crate::system::clock;
use crate::time::HostNanos;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::OnceCell;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use wayland_client::backend::WaylandError as WaylandReadError;
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_shm::WlShm;
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle};

/// A compositor that does not answer within this time counts as gone, nanoseconds.
const ANSWER_NS: i64 = 2_000_000_000;
/// The same for all answers at the beginning: the compositor may just have started.
const FIRST_ANSWERS_NS: i64 = 4_000_000_000;

/// Whether a compositor listens where the environment says.
pub(crate) fn has_compositor() -> bool {
    socket().is_ok_and(|socket| UnixStream::connect(socket).is_ok())
}

/// The socket of the compositor.
///
/// # Errors
/// Which variable is missing.
pub(crate) fn socket() -> Result<PathBuf, &'static str> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let display = PathBuf::from(variable("WAYLAND_DISPLAY").ok_or("WAYLAND_DISPLAY is not set")?);
    if display.is_absolute() {
        return Ok(display);
    }
    let folder = variable("XDG_RUNTIME_DIR").ok_or("XDG_RUNTIME_DIR is not set")?;
    Ok(PathBuf::from(folder).join(display))
}

/// The compositor is gone, or has ended the connection.
fn lost(error: &dyn std::error::Error) -> WaylandError {
    log::info!("{error}");
    WaylandError::Lost
}

/// A connection to the compositor.
pub(crate) struct Client {
    connection: Connection,
    queue: EventQueue<State>,
    state: State,
    registry: WlRegistry,
    /// What shares memory with it, once it is needed.
    shm: OnceCell<WlShm>,
}

impl Client {
    /// Connects, and learns what the compositor offers.
    ///
    /// # Errors
    /// [`WaylandError`] if none answers.
    pub(crate) fn connect() -> Result<Self, WaylandError> {
        let path = socket().map_err(|missing| WaylandError::Absent(missing.into()))?;
        let stream = UnixStream::connect(path).map_err(|error| {
            let kind = error.kind();
            let cause = format!("no compositor answers there that lets this user in ({kind})");
            WaylandError::Absent(cause)
        })?;
        // All Wayland programs with a window need this library; where windows are built in, we use it too.
        let connection = Connection::from_socket(stream).map_err(|_| {
            WaylandError::Absent("the library libwayland-client.so.0 is not installed".into())
        })?;
        let queue = connection.new_event_queue();
        let registry = connection.display().get_registry(&queue.handle(), ());
        let mut client = Self {
            connection,
            queue,
            state: State::default(),
            registry,
            shm: OnceCell::new(),
        };
        // The first answer follows what is offered, the second the places of the outputs.
        let end = HostNanos(clock::now().0 + FIRST_ANSWERS_NS);
        client.answer_until(end)?;
        client.answer_until(end)?;
        Ok(client)
    }

    /// For requests that create objects.
    pub(crate) fn handle(&self) -> QueueHandle<State> {
        self.queue.handle()
    }

    /// Uses an interface, in this version or the compositor's own if that is lower.
    ///
    /// # Errors
    /// [`WaylandError::NotOffered`].
    pub(crate) fn bind<I>(&self, version: u32) -> Result<I, WaylandError>
    where
        I: Proxy + 'static,
        State: Dispatch<I, ()>,
    {
        let name = I::interface().name;
        let (number, offered) = self
            .state
            .global(name)
            .ok_or(WaylandError::NotOffered(name))?;
        let version = version.min(offered);
        Ok(self.registry.bind(number, version, &self.handle(), ()))
    }

    /// What shares memory with the compositor. It cannot be given back, so there is one.
    ///
    /// # Errors
    /// [`WaylandError::NotOffered`].
    pub(super) fn shm(&self) -> Result<&WlShm, WaylandError> {
        if let Some(shm) = self.shm.get() {
            return Ok(shm);
        }
        let shm = self.bind(1)?;
        Ok(self.shm.get_or_init(|| shm))
    }

    /// The outputs whose place is known, in the order in which the compositor names them.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.state.outputs.iter().filter(|output| output.is_whole())
    }

    /// Returns once the compositor has carried out everything that was requested before.
    ///
    /// # Errors
    /// [`WaylandError::Silent`] if it does not answer, or [`WaylandError::Lost`].
    pub(crate) fn answer(&mut self) -> Result<(), WaylandError> {
        self.answer_until(HostNanos(clock::now().0 + ANSWER_NS))
    }

    fn answer_until(&mut self, end: HostNanos) -> Result<(), WaylandError> {
        self.state.asked += 1;
        self.connection
            .display()
            .sync(&self.handle(), Callback::Answer);
        self.flush()?;
        while self.state.answered < self.state.asked {
            let left_ns = i64::try_from(end.since(clock::now())).unwrap_or(0);
            if left_ns == 0 {
                return Err(WaylandError::Silent);
            }
            self.receive(left_ns)?;
        }
        Ok(())
    }

    /// Brings [`Event::Mark`] when the compositor has carried out everything that was requested before.
    pub(crate) fn mark(&self, number: u32) {
        self.connection
            .display()
            .sync(&self.handle(), Callback::Mark(number));
    }

    /// The next event that has arrived.
    ///
    /// # Errors
    /// [`WaylandError::Lost`].
    pub(crate) fn event(&mut self) -> Result<Option<Event>, WaylandError> {
        if self.state.events.is_empty() {
            self.receive(0)?;
        }
        Ok(self.state.events.pop_front())
    }

    /// Keeps only events that have arrived for which `keep` returns true.
    pub(crate) fn sort_out(&mut self, mut keep: impl FnMut(Event) -> bool) {
        self.state.events.retain(|event| keep(*event));
    }

    /// Takes in what the compositor has sent, and waits for it up to this time, nanoseconds.
    ///
    /// # Errors
    /// [`WaylandError::Lost`].
    pub(crate) fn receive(&mut self, wait_ns: i64) -> Result<(), WaylandError> {
        if let Some(guard) = self.queue.prepare_read() {
            let wait = Timespec {
                tv_sec: wait_ns / 1_000_000_000,
                tv_nsec: wait_ns % 1_000_000_000,
            };
            let connection = self.connection.as_fd();
            let ready = poll(&mut [PollFd::new(&connection, PollFlags::IN)], Some(&wait));
            if matches!(ready, Ok(count) if count > 0) {
                match guard.read() {
                    // Only a part of a message has arrived.
                    Err(WaylandReadError::Io(error))
                        if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => drop(read.map_err(|error| lost(&error))?),
                }
            }
        }
        let dispatched = self.queue.dispatch_pending(&mut self.state);
        dispatched.map(drop).map_err(|error| lost(&error))
    }

    /// Sends everything that was requested.
    ///
    /// # Errors
    /// [`WaylandError::Lost`].
    pub(crate) fn flush(&self) -> Result<(), WaylandError> {
        self.connection.flush().map_err(|error| lost(&error))
    }

    /// Sends everything that was requested, and takes in what has come, without waiting. A compositor ends the connection of a client that
    /// does not read; and this notices its end.
    ///
    /// # Errors
    /// [`WaylandError::Lost`].
    pub(crate) fn exchange(&mut self) -> Result<(), WaylandError> {
        self.flush()?;
        self.receive(0)
    }

    /// The connection's socket, for the guard: shutting it down ends the connection, whatever has become of this process.
    ///
    /// # Errors
    /// The system's error.
    pub(crate) fn socket_copy(&self) -> io::Result<OwnedFd> {
        self.fd().try_clone_to_owned()
    }

    /// What to wait on for events.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}
