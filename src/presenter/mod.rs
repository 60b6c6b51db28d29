//! The process that shows tags. It is its own process so that a slow driver never delays a frame, and a dead or frozen
//! one leaves no flicker: the tags disappear when the driver says nothing for half a second.
//!
//! Each tag is a small window, or a surface of a Wayland compositor, that takes no click and no focus. All pictures are drawn
//! beforehand, one for each step of brightness. The display tells when each was shown, so that missed frames are known. X servers show them
//! at given frames. Wayland compositors show them in the next one; one that comes too late leaves the picture before it.

mod display;
mod error;
mod frames;
mod picture;
#[cfg(feature = "lsl")]
mod publish;
mod refresh;
mod reports;
mod show;

pub use display::TAG_NAME;
pub use error::PresenterError;

use crate::stimulus::protocol::{MOST_CODES, Report, Request, SILENT_NS, Setup};
use crate::system::clock;
use crate::system::lines::{Lines, Read};
use crate::system::priority::{Urgency, raise_soon};
use crate::time::HostNanos;
use reports::Reports;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use show::Show;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};

/// A display that shows no frame for this long has stalled, nanoseconds.
const STALLED_NS: i64 = 2_000_000_000;
/// Time between two checks of whether driver and display are alive, nanoseconds.
const CHECK_NS: i64 = 50_000_000;

/// Shows what the driver at the other end of `input` asks for, until it closes that end.
///
/// # Errors
/// [`PresenterError`], after the same reason was written to `output`.
pub fn present(
    input: impl AsFd,
    output: impl Write + Send + 'static,
) -> Result<(), PresenterError> {
    let reports = Reports::to(output).map_err(PresenterError::Driver)?;
    let result = serve(input.as_fd(), &reports);
    if let Err(error) = &result {
        // If the driver does not read, there is nobody to tell.
        let _ = reports.send(Report::Failed(error.to_string()));
    }
    reports.finish();
    result
}

/// Measures how many frames a second the display shows, for about a second. Shows nothing.
///
/// # Errors
/// [`PresenterError`] if it cannot show tags.
pub fn measure_refresh_hz() -> Result<f64, PresenterError> {
    let mut display = display::open()?;
    Ok(refresh::measure(&mut *display)?.0)
}

fn serve(input: BorrowedFd<'_>, reports: &Reports) -> Result<(), PresenterError> {
    let mut lines = Lines::default();
    let Some(setup) = first(input, &mut lines)? else {
        return Ok(());
    };
    let found = setup.codes.codes.len();
    if !(1..=MOST_CODES).contains(&found) {
        return Err(PresenterError::Codes { found });
    }
    let mut show = Show::open(setup)?;
    reports.send(Report::Ready(show.ready()))?;
    raise_soon(Urgency::Read);
    let mut heard = clock::now();
    loop {
        show.advance(clock::now(), reports)?;
        if wait(input, show.fd())? {
            if lines.read(input).map_err(PresenterError::Driver)? == Read::End {
                return show.hide();
            }
            heard = clock::now();
            while let Some(line) = lines.next() {
                match parse(&line)? {
                    Request::Scene(scene) => show.change(scene, reports)?,
                    Request::Look(look) => show.restyle(look, reports)?,
                    Request::Setup(_) => return Err(unexpected("a second setup")),
                }
            }
            show.end_silence(reports)?;
        } else if clock::now() > after(heard, SILENT_NS) {
            show.begin_silence(reports)?;
        }
    }
}

/// Waits for the first line. `None` if the driver closes its end.
fn first(input: BorrowedFd<'_>, lines: &mut Lines) -> Result<Option<Setup>, PresenterError> {
    loop {
        if lines.read(input).map_err(PresenterError::Driver)? == Read::End {
            return Ok(None);
        }
        if let Some(line) = lines.next() {
            return match parse(&line)? {
                Request::Setup(setup) => Ok(Some(*setup)),
                Request::Scene(_) | Request::Look(_) => Err(unexpected("sent before the setup")),
            };
        }
    }
}

fn parse(line: &str) -> Result<Request, PresenterError> {
    serde_json::from_str(line).map_err(|error| PresenterError::Request {
        cause: error.to_string(),
    })
}

fn unexpected(what: &str) -> PresenterError {
    PresenterError::Request {
        cause: format!("it is {what}"),
    }
}

/// Waits for the driver or the display. Returns whether the driver has sent something.
fn wait(input: BorrowedFd<'_>, display: BorrowedFd<'_>) -> Result<bool, PresenterError> {
    let most = Timespec {
        tv_sec: 0,
        tv_nsec: CHECK_NS,
    };
    let mut both = [
        PollFd::new(&input, PollFlags::IN),
        PollFd::new(&display, PollFlags::IN),
    ];
    match poll(&mut both, Some(&most)) {
        Ok(_) => Ok(!both[0].revents().is_empty()),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(PresenterError::Driver(error.into())),
    }
}

/// The time `nanos` after another.
fn after(time: HostNanos, nanos: i64) -> HostNanos {
    HostNanos(time.0.saturating_add(nanos))
}
