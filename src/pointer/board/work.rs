//! The work of the process: from the driver's messages to the reports of a mouse.

use super::BoardError;
use super::reports::{HidDevice, HidReport};
use crate::system::clock;
use crate::system::priority::{Urgency, raise_soon};
use bci_cursor_firmware_protocol::pointer::{RELEASE_AFTER_MILLIS, Report};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// An outlet that takes no report for this long is asleep or gone, milliseconds.
pub(super) const TAKES_WITHIN_MILLIS: u32 = 1000;
/// After a report that could not be taken, although the outlet had said that it could.
const PAUSE: Duration = Duration::from_millis(5);
/// Messages read at once.
const MESSAGES: usize = 40;

/// Where reports go.
pub(super) trait Outlet {
    /// Passes a report on. Returns false if it cannot be taken yet.
    fn write(&mut self, report: &HidReport) -> Result<bool, BoardError>;

    /// Notices an outlet that is gone, and what it has to say. Called about thirty times a second, and before each report.
    fn check(&mut self) -> Result<(), BoardError> {
        Ok(())
    }

    /// What becomes writable when a report can be taken again, if that can be waited for.
    fn file(&self) -> Option<BorrowedFd<'_>>;

    /// The error of an outlet that takes nothing.
    fn not_taken(&self, cause: Option<io::Error>) -> BoardError;
}

/// Writes a report to a file. Returns false if it cannot be taken yet.
pub(super) fn write_to(file: impl AsFd, report: &HidReport) -> io::Result<bool> {
    match rustix::io::write(file, report) {
        Ok(_) => Ok(true),
        Err(Errno::AGAIN | Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Milliseconds of this computer's clock, wrapping.
fn millis() -> u32 {
    (clock::now().0 / 1_000_000) as u32
}

/// A report that could not be passed on yet, and since when it waits.
type Waiting = Option<(HidReport, u32)>;

/// Reads the driver's messages until the other end closes, and writes reports.
pub(super) fn work(
    driver: impl AsFd,
    outlet: &mut dyn Outlet,
    mut hid: HidDevice,
) -> Result<(), BoardError> {
    raise_soon(Urgency::Guard);
    let mut incoming = Incoming {
        bytes: [0; _],
        held: 0,
    };
    let mut waiting = None;
    let mut is_open = true;
    let mut last_millis = millis();
    while is_open || waiting.is_some() {
        wait(is_open.then_some(&driver), outlet, waiting.is_some())?;
        outlet.check()?;
        let now_millis = millis();
        // What queued while this process stood still is too old to act on, and counts as silence.
        let is_late = now_millis.wrapping_sub(last_millis) > RELEASE_AFTER_MILLIS;
        last_millis = now_millis;
        if is_open {
            is_open = incoming.read(&driver, |report| {
                if !is_late {
                    hid.report(report, now_millis);
                }
            })?;
        }
        if !is_open {
            hid.host_is_gone();
        }
        if let Some((report, since)) = waiting {
            // Without a driver, the release waits until it is taken.
            let since = if is_open { since } else { now_millis };
            waiting = write(outlet, report, since, now_millis)?;
            if waiting.is_some() {
                thread::park_timeout(PAUSE);
            }
        }
        while waiting.is_none() {
            let now_millis = millis();
            let Some(report) = hid.poll(now_millis) else {
                break;
            };
            waiting = write(outlet, report, now_millis, now_millis)?;
        }
    }
    Ok(())
}

/// Releases what a run that was killed has left down.
pub(super) fn release(outlet: &mut dyn Outlet, hid: &HidDevice) -> Result<(), BoardError> {
    let mut waiting = Some((hid.released(), millis()));
    while let Some((report, since)) = waiting {
        outlet.check()?;
        waiting = write(outlet, report, since, millis())?;
        if waiting.is_some() {
            thread::park_timeout(PAUSE);
        }
    }
    Ok(())
}

/// Writes a report that waits since `since_millis`. Returns it if it must wait longer.
pub(super) fn write(
    outlet: &mut dyn Outlet,
    report: HidReport,
    since_millis: u32,
    now_millis: u32,
) -> Result<Waiting, BoardError> {
    if outlet.write(&report)? {
        return Ok(None);
    }
    if now_millis.wrapping_sub(since_millis) < TAKES_WITHIN_MILLIS {
        return Ok(Some((report, since_millis)));
    }
    Err(outlet.not_taken(None))
}

/// Waits for a message, until a report can be taken, or until silence counts.
fn wait(
    driver: Option<&impl AsFd>,
    outlet: &dyn Outlet,
    is_waiting: bool,
) -> Result<(), BoardError> {
    // An eighth of the silence that releases buttons.
    let soon = Timespec {
        tv_sec: 0,
        tv_nsec: i64::from(RELEASE_AFTER_MILLIS) * 1_000_000 / 8,
    };
    let writable = match is_waiting {
        true => PollFlags::OUT,
        false => PollFlags::empty(),
    };
    let file = outlet.file();
    let file = file.as_ref().map(|file| PollFd::new(file, writable));
    let mut fds: Vec<PollFd<'_>> = file.into_iter().collect();
    let files = fds.len();
    fds.extend(driver.map(|driver| PollFd::new(driver, PollFlags::IN)));
    match poll(&mut fds, Some(&soon)) {
        Ok(_) if fds[..files].iter().any(is_broken) => Err(outlet.not_taken(None)),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(BoardError::Driver(error.into())),
    }
}

fn is_broken(file: &PollFd<'_>) -> bool {
    let broken = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    file.revents().intersects(broken)
}

/// Until the user has answered, or another device has, ends this process with its driver, and so takes the question back.
pub(super) fn end_with_driver(is_answered: Arc<AtomicBool>) -> io::Result<()> {
    let wait = move || {
        let soon = Timespec {
            tv_sec: 0,
            tv_nsec: 100_000_000,
        };
        while !is_answered.load(Ordering::Acquire) {
            let input = io::stdin();
            let mut fds = [PollFd::new(&input, PollFlags::empty())];
            let has_ended = poll(&mut fds, Some(&soon)).is_ok_and(|count| count > 0);
            if has_ended && !is_answered.load(Ordering::Acquire) {
                std::process::exit(1);
            }
        }
    };
    thread::Builder::new().name("driver".into()).spawn(wait)?;
    Ok(())
}

/// Messages of the driver, which can arrive in parts.
struct Incoming {
    bytes: [u8; Report::BYTES * MESSAGES],
    held: usize,
}

impl Incoming {
    /// Reads what has arrived. Returns false if the other end has closed.
    fn read(&mut self, driver: &impl AsFd, mut each: impl FnMut(&Report)) -> io::Result<bool> {
        let Some(space) = self.bytes.get_mut(self.held..) else {
            return Ok(false);
        };
        // Without this, a driver that sends nothing would stop the reports.
        let mut fds = [PollFd::new(driver, PollFlags::IN)];
        match poll(&mut fds, Some(&Timespec::default())) {
            Ok(0) | Err(Errno::INTR) => return Ok(true),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let count = match rustix::io::read(driver, space) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        self.held += count;
        let mut rest = &self.bytes[..self.held];
        while let Some((message, after)) = rest.split_first_chunk::<{ Report::BYTES }>() {
            match Report::parse(message) {
                Ok(report) => each(&report),
                Err(error) => return Err(io::Error::other(error.to_string())),
            }
            rest = after;
        }
        let left = rest.len();
        self.bytes.copy_within(self.held - left..self.held, 0);
        self.held = left;
        Ok(true)
    }
}
