//! The back ends by name, and how each is opened.

#[cfg(feature = "desktop")]
use super::system;
use super::{DonglePointer, GuardProgram, NoPointer, OpenPointer, PointerError, PointerOpener};

/// Which pointer back end to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum PointerName {
    /// The operating system's pointer
    #[cfg(feature = "desktop")]
    System,
    /// A mouse board on a serial port, plugged into another computer or a tablet
    Dongle,
    /// Nothing moves: a dry run
    None,
}

/// Options for opening a back end. Each back end uses those that apply to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointerOptions {
    /// The serial port of a mouse board.
    pub port: Option<String>,
    /// Starts a guard, which releases buttons if this program can no longer do so. Without a guard, the system pointer
    /// still moves and presses.
    pub guard: Option<GuardProgram>,
}

impl PointerName {
    /// Opens the back end.
    ///
    /// # Errors
    /// [`PointerError`] if the pointer cannot be reached or may not be controlled.
    pub fn open(self, options: &PointerOptions) -> Result<OpenPointer, PointerError> {
        match self {
            #[cfg(feature = "desktop")]
            Self::System => system::open(options.guard.as_ref()),
            Self::Dongle => {
                let port = options.port.as_deref().unwrap_or_default();
                DonglePointer::open(port).map(OpenPointer::unobserved)
            }
            Self::None => Ok(OpenPointer::unobserved(NoPointer)),
        }
    }

    /// Returns a function that opens the back end as often as needed, so that a lost pointer can be opened again.
    #[must_use]
    pub fn opener(self, options: PointerOptions) -> PointerOpener {
        Box::new(move || self.open(&options))
    }

    /// Whether this is the pointer of this computer's display, so that a badge can be shown next to it.
    #[must_use]
    pub fn is_on_this_display(self) -> bool {
        match self {
            #[cfg(feature = "desktop")]
            Self::System => true,
            Self::Dongle | Self::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pointer::Action;

    #[test]
    fn a_dry_run_moves_nothing_and_sees_nothing() {
        let mut open = PointerName::None.opener(PointerOptions::default());
        for _ in 0..2 {
            let mut opened = open().unwrap();
            opened.pointer.apply(Action::default()).unwrap();
            assert!(opened.observer.is_none());
        }
        assert!(!PointerName::None.is_on_this_display());
    }

    #[test]
    fn the_error_names_a_missing_mouse_board() {
        let options = PointerOptions {
            port: Some("/dev/no-such-board".into()),
            ..PointerOptions::default()
        };
        let error = PointerName::Dongle.open(&options).err().unwrap();
        assert!(error.to_string().contains("/dev/no-such-board"), "{error}");
    }
}
