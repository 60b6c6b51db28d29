//! An independent client of a Wayland compositor (wev), which reports what the pointer does in its window.

use super::{Lab, Running};
use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// A compositor whose pointer a client reports.
pub trait Compositor {
    /// The client, whose window fills the only screen of 1280 x 720 pixels.
    fn wev(&mut self) -> &mut Wev;

    /// Adds the compositor to a command's environment.
    fn on(&self, command: Command) -> Command;

    /// Prepares a trial in which the pointer is moved, and returns where it is, pixels from the left.
    fn start_of_trial(&mut self) -> f64;
}

/// An event of the pointer, as a window of an independent program receives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointerEvent {
    /// Place in the window, which fills the screen, pixels.
    Motion([f64; 2]),
    /// A button by its number in Linux, and whether it is down.
    Button(u32, bool),
    /// Motion of the wheel, and whether it is vertical.
    Axis(f64, bool),
    /// Steps of the wheel.
    Steps(i32),
    /// The pointer has left the window, or there is none any more.
    Leave,
}

/// wev in a window that fills the screen.
pub struct Wev {
    _client: Running,
    lines: Receiver<String>,
    /// What was reported last, and by which of the client's pointers.
    last: Option<(String, PointerEvent)>,
    /// The place of the pointer, and the buttons that are down, as the client last heard.
    pub place: [f64; 2],
    pub down: Vec<u32>,
}

impl Wev {
    /// Starts it, and waits until its window has the size of the screen.
    pub fn start(lab: &Lab, socket: &Path) -> Self {
        let end = HostNanos(clock::now().0 + 20_000_000_000);
        loop {
            let mut wev = lab.command("stdbuf");
            wev.args(["-oL", "wev"]).env("WAYLAND_DISPLAY", socket);
            let mut client = Running::start(wev);
            let lines = client.lines();
            let left = || Duration::from_nanos(end.since(clock::now()));
            loop {
                match lines.recv_timeout(left()) {
                    Ok(line) if line.contains("width: 1280; height: 720") => {
                        return Self {
                            lines,
                            _client: client,
                            last: None,
                            place: [f64::NAN; 2],
                            down: Vec::new(),
                        };
                    }
                    Ok(_) => {}
                    // A compositor that has just started may not let it in yet.
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => panic!("the client's window did not come"),
                }
            }
        }
    }

    /// The next event within this time, with the time at which it was read.
    pub fn next(&mut self, within: Duration) -> Option<(HostNanos, PointerEvent)> {
        let end = HostNanos(clock::now().0 + i64::try_from(within.as_nanos()).unwrap());
        loop {
            let left = Duration::from_nanos(end.since(clock::now()));
            let line = self.lines.recv_timeout(left).ok()?;
            let Some((pointer, event)) = parse(&line) else {
                continue;
            };
            // KWin announces its pointer twice, so the client has two of them, and both report each event.
            let by_another =
                |(before, same): &(String, PointerEvent)| before != pointer && *same == event;
            if self.last.as_ref().is_some_and(by_another) {
                self.last = None;
                continue;
            }
            self.last = Some((pointer.to_owned(), event));
            match event {
                PointerEvent::Motion(place) => self.place = place,
                PointerEvent::Button(button, true) => self.down.push(button),
                PointerEvent::Button(button, false) => self.down.retain(|down| *down != button),
                PointerEvent::Leave => self.down.clear(),
                _ => {}
            }
            return Some((clock::now(), event));
        }
    }

    /// Waits for an event, and returns when it was read.
    pub fn wait_for(
        &mut self,
        what: &str,
        within_s: u64,
        mut is_it: impl FnMut(&PointerEvent) -> bool,
    ) -> HostNanos {
        let end = HostNanos(clock::now().0 + within_s as i64 * 1_000_000_000);
        loop {
            let left = Duration::from_nanos(end.since(clock::now()));
            let Some((at, event)) = self.next(left) else {
                panic!("{what} did not come within {within_s} s");
            };
            if is_it(&event) {
                return at;
            }
        }
    }

    /// Events that have arrived, and that arrive within this time.
    pub fn events(&mut self, within: Duration) -> Vec<PointerEvent> {
        let end = HostNanos(clock::now().0 + i64::try_from(within.as_nanos()).unwrap());
        let mut events = Vec::new();
        while let Some((_, event)) = self.next(Duration::from_nanos(end.since(clock::now()))) {
            events.push(event);
        }
        events
    }
}

/// The number of a pointer and its event in a line of wev; `None` for other lines.
fn parse(line: &str) -> Option<(&str, PointerEvent)> {
    let (pointer, rest) = line.split_once("wl_pointer] ")?;
    let (kind, rest) = rest.split_once(':').unwrap_or((rest, ""));
    let field = |name: &str| {
        let (_, value) = rest.split_once(name)?;
        value.split([';', ' ', ',']).find(|part| !part.is_empty())
    };
    let event = match kind.trim() {
        "motion" | "enter" => {
            let (_, place) = rest.split_once("x, y: ")?;
            let (x, y) = place.split_once(", ")?;
            PointerEvent::Motion([x.trim().parse().ok()?, y.trim().parse().ok()?])
        }
        "button" => {
            let state = field("state: ")?;
            PointerEvent::Button(field("button: ")?.parse().ok()?, state == "1")
        }
        "axis" => PointerEvent::Axis(field("value: ")?.parse().ok()?, field("axis: ")? == "0"),
        // wev 1.0 gives the steps a wrong name.
        "axis_stop" | "axis_discrete" => PointerEvent::Steps(field("discrete: ")?.parse().ok()?),
        "leave" => PointerEvent::Leave,
        _ => return None,
    };
    Some((pointer, event))
}
