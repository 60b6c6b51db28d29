//! The guard's own process.

use super::super::piped_process;
use super::left_behind::Note;
use super::messages::Messages;
use super::release::Release;
use super::{GOODBYE, GuardedDisplay, Next, SILENT_NS, displays};
use crate::system::priority::{Urgency, raise_soon};
use std::error::Error;
use std::io;
use std::time::Duration;

/// Where a press that the driver sent just before it died can reach the display after the first release, the release is
/// repeated this many times, at this interval.
const AGAIN: (u32, Duration) = (4, Duration::from_millis(10));

/// Releases buttons that the driver at the other end of standard input leaves down. Prints "ready" when it is watching,
/// and ends with the driver.
///
/// # Errors
/// If the display cannot be reached.
pub fn guard(kind: GuardedDisplay) -> Result<(), Box<dyn Error>> {
    piped_process::outlive_signals()?;
    let mut display = displays::open(kind)?;
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
    let mut messages = Messages::from_driver()?;
    let next = |silence| messages.next(silence);
    watch(next, display.as_mut(), |bits| {
        if let Some(Err(error)) = note.as_ref().map(|note| note.write(bits)) {
            log::debug!("the note of pressed buttons could not be written: {error}");
        }
    })
}

/// Tells the driver that the guard is watching.
fn say_ready(kind: GuardedDisplay) -> io::Result<()> {
    #[cfg(unix)]
    if kind != GuardedDisplay::X11 {
        // Its standard output is the driver's mouse or connection.
        return piped_process::say_ready_on(io::stdin());
    }
    let _ = kind;
    piped_process::say_ready()
}

/// Reads messages until the other end closes or says goodbye.
fn watch(
    mut next: impl FnMut(Option<Duration>) -> io::Result<Next>,
    display: &mut dyn Release,
    mut note: impl FnMut(u8),
) -> Result<(), Box<dyn Error>> {
    let silence = Duration::from_nanos(SILENT_NS);
    let mut held = 0;
    loop {
        match next((held != 0).then_some(silence))? {
            Next::Silence => {
                display.release(held)?;
                display.cut_off()?;
                log::warn!("the driver has stalled: its guard has released every button");
                held = 0;
                note(held);
            }
            Next::Message(GOODBYE) => return Ok(()),
            Next::Message(bits) if bits != held => {
                held = bits;
                note(held);
            }
            Next::Message(_) => {}
            Next::End => break,
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

#[cfg(unix)]
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
        let mut messages = Messages::from(reader);
        let next = |silence| messages.next(silence);
        watch(next, &mut display, |bits| noted.push(bits)).unwrap();
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
        let mut messages = Messages::from(reader);
        let next = |silence| messages.next(silence);
        watch(next, &mut display, |bits| noted.push(bits)).unwrap();
        // Released once while the pipe was open. No button was down any more when it closed.
        assert_eq!((display.0, noted), (vec![2], vec![2, 0]));
    }
}
