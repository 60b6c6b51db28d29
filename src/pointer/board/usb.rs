//! This computer as a USB mouse of the computer or tablet that its USB port is plugged into.
//!
//! Linux computers whose USB port can be a device (such as a Raspberry Pi) have a file `/dev/hidg0` once
//! `packaging/bci-cursor-usb-mouse` has set up the port.

use super::super::piped_process::{outlive_signals, say_ready};
use super::BoardError;
use super::work::{Outlet, PAUSE, millis, work, write};
use crate::printable::printable_path;
use bci_cursor_firmware_protocol::pointer::HID_REPORT_BYTES;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::thread;

/// Writes the reports of a driver at the other end of standard input to this file. Prints "ready" when it begins, and ends
/// with the driver.
///
/// # Errors
/// [`BoardError`] if reports cannot be written.
pub fn usb_mouse(path: &Path) -> Result<(), BoardError> {
    outlive_signals()?;
    let mut port = Port::open(path)?;
    // Releases what a run that was killed has left down.
    let mut waiting = Some(([0; HID_REPORT_BYTES], millis()));
    while let Some((report, since)) = waiting {
        waiting = write(&mut port, report, since, millis())?;
        if waiting.is_some() {
            thread::park_timeout(PAUSE);
        }
    }
    say_ready()?;
    work(io::stdin().as_fd(), &mut port)
}

/// The file of the USB port.
struct Port {
    file: OwnedFd,
    path: String,
}

impl Port {
    fn open(path: &Path) -> Result<Self, BoardError> {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let name = printable_path(path).to_string();
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(file) => Ok(Self { file, path: name }),
            Err(error) => Err(BoardError::Open {
                path: name,
                cause: error.into(),
            }),
        }
    }
}

impl Outlet for Port {
    fn write(&mut self, report: [u8; HID_REPORT_BYTES]) -> Result<bool, BoardError> {
        match rustix::io::write(&self.file, &report) {
            Ok(_) => Ok(true),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(self.not_taken(Some(error.into()))),
        }
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }

    fn not_taken(&self, cause: Option<io::Error>) -> BoardError {
        BoardError::NotTaken {
            path: self.path.clone(),
            cause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::work::TAKES_WITHIN_MILLIS;
    use super::*;
    use bci_cursor_firmware_protocol::pointer::{LEFT, Report, read_hid};
    use std::fs::File;
    use std::io::{Read, Write};

    /// A FIFO in place of the USB port. The reader is opened first, because a port without a computer cannot be opened.
    struct Computer {
        _folder: tempfile::TempDir,
        reports: File,
        port: Port,
    }

    impl Computer {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("hidg0");
            rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
            let flags = OFlags::RDONLY | OFlags::NONBLOCK;
            let reports = rustix::fs::open(&path, flags, Mode::empty()).unwrap();
            let port = Port::open(&path).unwrap();
            rustix::io::ioctl_fionbio(&reports, false).unwrap();
            Self {
                _folder: folder,
                reports: reports.into(),
                port,
            }
        }

        fn next(&mut self) -> Report {
            let mut report = [0; HID_REPORT_BYTES];
            self.reports.read_exact(&mut report).unwrap();
            read_hid(&report).unwrap()
        }
    }

    fn message(report: Report) -> [u8; Report::BYTES] {
        let mut bytes = [0; Report::BYTES];
        report.emit(&mut bytes).unwrap();
        bytes
    }

    const PRESS: Report = Report {
        dx: 300,
        dy: -7,
        wheel: 0,
        buttons: LEFT,
    };

    #[test]
    fn a_long_motion_is_sent_in_steps_and_a_killed_driver_releases() {
        let mut computer = Computer::new();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        // In two parts, as a pipe may deliver it.
        let bytes = message(PRESS);
        rustix::io::write(&writer, &bytes[..4]).unwrap();
        thread::scope(|scope| {
            let port = &mut computer.port;
            let worker = scope.spawn(move || work(reader, port));
            rustix::io::write(&writer, &bytes[4..]).unwrap();
            let mut moved = (0, 0);
            for _ in 0..3 {
                let mut report = [0; HID_REPORT_BYTES];
                computer.reports.read_exact(&mut report).unwrap();
                let report = read_hid(&report).unwrap();
                assert_eq!(report.buttons, LEFT);
                moved = (moved.0 + report.dx, moved.1 + report.dy);
            }
            assert_eq!(moved, (300, -7));
            drop(writer);
            worker.join().unwrap().unwrap();
        });
        assert_eq!(computer.next(), Report::default());
    }

    #[test]
    fn a_silent_driver_releases() {
        let mut computer = Computer::new();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let mut pipe = File::from(writer);
        pipe.write_all(&message(Report {
            dx: 0,
            dy: 0,
            ..PRESS
        }))
        .unwrap();
        thread::scope(|scope| {
            let port = &mut computer.port;
            let worker = scope.spawn(move || work(reader, port));
            let mut reports = [0; 2 * HID_REPORT_BYTES];
            computer.reports.read_exact(&mut reports).unwrap();
            // The pipe is still open.
            assert_eq!(reports, [LEFT, 0, 0, 0, 0, 0, 0, 0]);
            drop(pipe);
            worker.join().unwrap().unwrap();
        });
    }

    #[test]
    fn a_computer_that_takes_nothing_is_reported() {
        let mut computer = Computer::new();
        let nothing = [0; HID_REPORT_BYTES];
        while computer.port.write(nothing).unwrap() {}
        let mut wait = |for_millis| write(&mut computer.port, nothing, 5, 5 + for_millis);
        assert_eq!(wait(TAKES_WITHIN_MILLIS - 1).unwrap(), Some((nothing, 5)));
        let error = wait(TAKES_WITHIN_MILLIS).unwrap_err().to_string();
        assert!(error.contains("no computer takes the reports"), "{error}");
    }

    #[test]
    fn a_missing_port_is_named() {
        let error = usb_mouse(Path::new("/dev/no-such-port")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/dev/no-such-port cannot be opened"),
            "{error}"
        );
    }
}
