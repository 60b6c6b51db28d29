//! The guard's own process.

use super::super::piped_process;
use super::left_behind::Note;
use super::release::{self, Release};
use super::{GOODBYE, GuardedDisplay, SILENT_NS};
use crate::system::priority::{Urgency, raise_soon};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::error::Error;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// Where a press that the driver sent just before it died can reach the display after the first release, the release is
/// repeated this many times, at this interval.
const AGAIN: (u32, Duration) = (4, Duration::from_millis(10));
/// Bytes read at once.
const READ: usize = 256;

/// Releases buttons that the driver at the other end of standard input leaves down. Prints "ready" when it is watching,
/// and ends with the driver.
///
/// # Errors
/// If the display cannot be reached.
pub fn guard(kind: GuardedDisplay) -> Result<(), Box<dyn Error>> {
    piped_process::outlive_signals()?;
    let mut display = release::open(kind)?;
    raise_soon(Urgency::Guard);
    let name = display.display();
    let opened = name.map(Note::open).transpose();
    let note = opened
        .inspect_err(|error| {
            log::warn!(
                "if driver and guard are both killed, a button that is down will stay down: {error}"
            )
        })
        .ok()
        .flatten();
    if let Some(note) = &note {
        for bits in note.left_behind()? {
            display.release(bits)?;
            log::warn!("a run that was killed had left a button down: it is released");
        }
    }
    say_ready(kind)?;
    watch(io::stdin().as_fd(), display.as_mut(), |bits| {
        if let Some(Err(error)) = note.as_ref().map(|note| note.write(bits)) {
            log::debug!("the note of pressed buttons could not be written: {error}");
        }
    })
}

/// Tells the driver that the guard is watching.
fn say_ready(kind: GuardedDisplay) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if kind == GuardedDisplay::Uinput {
        return piped_process::say_ready_on(io::stdin().as_fd());
    }
    let _ = kind;
    piped_process::say_ready()
}

/// Reads messages until the other end closes or says goodbye.
fn watch(
    input: impl AsFd,
    display: &mut dyn Release,
    mut note: impl FnMut(u8),
) -> Result<(), Box<dyn Error>> {
    let silent = Timespec {
        tv_sec: 0,
        tv_nsec: SILENT_NS,
    };
    let mut held = 0;
    loop {
        let wait = (held != 0).then_some(&silent);
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], wait) {
            Ok(0) => {
                display.release(held)?;
                log::warn!("the driver has stalled: its guard has released every button");
                held = 0;
                note(held);
            }
            Ok(_) => {
                let mut bytes = [0; READ];
                let count = read(&input, &mut bytes)?;
                match bytes[..count].last() {
                    None => break,
                    Some(&GOODBYE) => return Ok(()),
                    Some(&bits) if bits != held => {
                        held = bits;
                        note(held);
                    }
                    Some(_) => {}
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if held != 0 {
        let (times, pause) = AGAIN;
        for _ in 0..if display.is_overtaken() { times } else { 1 } {
            display.release(held)?;
            std::thread::park_timeout(pause);
        }
        note(0);
        log::warn!("the driver was killed: its guard has released every button");
    }
    Ok(())
}

fn read(input: impl AsFd, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(&input, &mut *into) {
            Err(rustix::io::Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Released(Vec<u8>);

    impl Release for Released {
        fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>> {
            self.0.push(bits);
            Ok(())
        }

        fn display(&self) -> Option<String> {
            None
        }

        fn is_overtaken(&self) -> bool {
            true
        }
    }

    /// Which buttons are released and noted after these bytes. The other end then closes, or stays open until something
    /// is released.
    fn after(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut display, mut noted) = (Released::default(), Vec::new());
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        for byte in bytes {
            rustix::io::write(&writer, &[*byte]).unwrap();
        }
        drop(writer);
        watch(reader, &mut display, |bits| noted.push(bits)).unwrap();
        (display.0, noted)
    }

    #[test]
    fn buttons_are_released_when_the_pipe_closes() {
        assert_eq!(after(&[1]), (vec![1; 4], vec![1, 0]));
        assert_eq!(after(&[1, 5]), (vec![5; 4], vec![5, 0]));
        assert_eq!(after(&[1, 0]), (vec![], vec![]));
        assert_eq!(after(&[]), (vec![], vec![]));
        assert_eq!(after(&[1, 0, GOODBYE]), (vec![], vec![]));
    }

    #[test]
    fn buttons_of_a_silent_driver_are_released() {
        struct Closes(Vec<u8>, Option<rustix::fd::OwnedFd>);
        impl Release for Closes {
            fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>> {
                self.0.push(bits);
                self.1 = None;
                Ok(())
            }

            fn display(&self) -> Option<String> {
                None
            }

            fn is_overtaken(&self) -> bool {
                false
            }
        }
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        rustix::io::write(&writer, &[2]).unwrap();
        let mut display = Closes(Vec::new(), Some(writer));
        let mut noted = Vec::new();
        watch(reader, &mut display, |bits| noted.push(bits)).unwrap();
        // Released once while the pipe was open. No button was down any more when it closed.
        assert_eq!((display.0, noted), (vec![2], vec![2, 0]));
    }
}
