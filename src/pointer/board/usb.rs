//! This computer as a USB mouse of the computer or tablet that its USB port is plugged into.
//!
//! Linux computers whose USB port can be a device (such as a Raspberry Pi) have a file `/dev/hidg0` once
//! `packaging/bci-cursor-usb-mouse` has set up the port.

use super::super::piped_process::{outlive_signals, say_ready};
use super::BoardError;
use super::reports::{BoardKind, HidDevice, HidReport};
use super::work::{Outlet, release, work, write_to};
use crate::printable::printable_path;
use rustix::fs::{Mode, OFlags};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Where `packaging/bci-cursor-usb-mouse` describes the port to the kernel.
const SET_UP: &str = "/sys/kernel/config/usb_gadget/bci-cursor/functions/hid.usb0";

/// Writes the reports of a driver at the other end of standard input to this file. Prints "ready" when it begins, and ends
/// with the driver.
///
/// # Errors
/// [`BoardError`] if reports cannot be written.
pub fn usb_board(path: &Path, kind: BoardKind) -> Result<(), BoardError> {
    outlive_signals()?;
    check_kind(Path::new(SET_UP), kind)?;
    let mut port = Port::open(path)?;
    let hid = HidDevice::new(kind);
    release(&mut port, &hid)?;
    say_ready()?;
    work(io::stdin().as_fd(), &mut port, hid)
}

/// The kernel cuts longer reports off, so the port must be set up for ours. One that is set up in another way than by our script is trusted.
fn check_kind(set_up: &Path, kind: BoardKind) -> Result<(), BoardError> {
    let set_up = std::fs::read_to_string(set_up.join("report_length"));
    let bytes: Option<usize> = set_up.ok().and_then(|bytes| bytes.trim().parse().ok());
    if bytes.is_none_or(|bytes| bytes == kind.report_bytes()) {
        return Ok(());
    }
    Err(BoardError::OtherKind {
        wanted: kind.name(),
    })
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
    fn write(&mut self, report: &HidReport) -> Result<bool, BoardError> {
        write_to(&self.file, report).map_err(|error| self.not_taken(Some(error)))
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
    use super::super::reports::ScreenSize;
    use super::super::work::{TAKES_WITHIN_MILLIS, write};
    use super::*;
    use bci_cursor_firmware_protocol::pen::{PEN_MAX, PEN_REPORT_BYTES, read_pen};
    use bci_cursor_firmware_protocol::pointer::{HID_REPORT_BYTES, LEFT, Report, read_hid};
    use std::fs::File;
    use std::io::{Read, Write};
    use std::thread;

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
            let worker = scope.spawn(move || work(reader, port, HidDevice::new(BoardKind::Mouse)));
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
            let worker = scope.spawn(move || work(reader, port, HidDevice::new(BoardKind::Mouse)));
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
        let nothing = HidReport::from([0; HID_REPORT_BYTES]);
        while computer.port.write(&nothing).unwrap() {}
        let mut wait = |for_millis| write(&mut computer.port, nothing, 5, 5 + for_millis);
        assert_eq!(wait(TAKES_WITHIN_MILLIS - 1).unwrap(), Some((nothing, 5)));
        let error = wait(TAKES_WITHIN_MILLIS).unwrap_err().to_string();
        assert!(error.contains("no computer takes the reports"), "{error}");
    }

    #[test]
    fn a_pen_is_lifted_when_its_driver_ends() {
        let mut computer = Computer::new();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        rustix::io::write(&writer, &message(PRESS)).unwrap();
        drop(writer);
        let size = ScreenSize {
            width: 1001,
            height: 501,
        };
        work(
            reader,
            &mut computer.port,
            HidDevice::new(BoardKind::Pen(size)),
        )
        .unwrap();
        let mut reports = [0; 2 * PEN_REPORT_BYTES];
        computer.reports.read_exact(&mut reports).unwrap();
        let [down, up] = [0, 1].map(|k| read_pen(&reports[k * PEN_REPORT_BYTES..]).unwrap());
        let share = |count: f64, edge: f64| (count / edge * f64::from(PEN_MAX)).round() as u16;
        assert_eq!(
            (down.x, down.y),
            (share(800.0, 1000.0), share(243.0, 500.0))
        );
        assert!(down.is_left_down && down.is_in_range && !up.is_left_down && !up.is_in_range);
    }

    #[test]
    fn a_port_of_another_kind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let pen = BoardKind::Pen(ScreenSize {
            width: 1280,
            height: 800,
        });
        // Not set up by our script.
        check_kind(folder.path(), pen).unwrap();
        std::fs::write(folder.path().join("report_length"), "4\n").unwrap();
        check_kind(folder.path(), BoardKind::Mouse).unwrap();
        let error = check_kind(folder.path(), pen).unwrap_err().to_string();
        assert!(
            error.contains("sudo bci-cursor-usb-mouse up pen"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_port_is_named() {
        let error = usb_board(Path::new("/dev/no-such-port"), BoardKind::Mouse).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/dev/no-such-port cannot be opened"),
            "{error}"
        );
    }
}
