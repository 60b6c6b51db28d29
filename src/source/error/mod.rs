//! Why a source cannot be opened or read. Options of the command line are not named here: `app/advice.rs` adds them.

mod channels;
mod headset;
mod stream;
mod synthetic;

pub use channels::{ChannelsError, NoEegReason};
pub use headset::{HeadsetError, StartRefusal};
pub use stream::{LslFault, SensorError, StreamError};
pub use synthetic::SpecError;

use super::recording::RateDoubt;
use crate::printable::{joined, printable, printable_list, printable_path};
use std::path::PathBuf;

/// Why a source cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {cause}", printable_path(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error(
        "{} is not a usable recording: at byte {offset}: found {}, expected {}",
        printable_path(path),
        printable(found),
        printable(expected)
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The file ends too early.
    #[error(
        "{} is cut: it has {found} bytes, but its header announces {expected}. Copy it again from where it was recorded",
        printable_path(path)
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
        /// The size that its header announces.
        expected: u64,
    },
    /// A file that belongs to the recording is missing.
    #[error(
        "{} names {} ({}=), which cannot be read: {cause}. Its files must stand in one folder; where one was renamed, \
         correct the name in the header",
        printable_path(header),
        printable_path(path),
        printable(key)
    )]
    Companion {
        /// The header that names it.
        header: PathBuf,
        /// Under which key.
        key: String,
        /// The missing file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A recording has no such stream, or several fit.
    #[error(
        "{} has no EEG stream '{}'; it has:\n  {}\nChoose one: FILE#NAME or FILE#NUMBER",
        printable_path(path),
        printable(wanted),
        joined(found, "\n  ")
    )]
    NoSuchStream {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// A recording has no EEG stream at all.
    #[error(
        "{} has no stream of type EEG with a regular rate; it has:\n  {}\nA stream of numbers that come regularly can be chosen: \
         FILE#NAME or FILE#NUMBER",
        printable_path(path), if found.is_empty() { "nothing".to_owned() } else { joined(found, "\n  ") }
    )]
    NoEegStream {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: Vec<String>,
    },
    /// A recording has several EEG streams.
    #[error(
        "{} has {} EEG streams:\n  {}\nChoose one: FILE#NAME or FILE#NUMBER", printable_path(path), found.len(), joined(found, "\n  ")
    )]
    SeveralEegStreams {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: Vec<String>,
    },
    /// There is no EEG in it.
    #[error(
        "{} has no EEG channel. It has {}. {reason}", printable(name),
        if found.is_empty() { "no channels at all".to_owned() } else { printable_list(found) }
    )]
    NoChannels {
        /// Which recording or stream.
        name: String,
        /// Channels that it has, each with the reason why it is not EEG.
        found: Vec<String>,
        /// What they have in common.
        reason: NoEegReason,
    },
    /// A recording whose header and time stamps disagree.
    #[error("{}: {doubt}", printable(name))]
    Rate {
        /// Which recording.
        name: String,
        /// What they tell.
        doubt: RateDoubt,
    },
    /// What was stated about the channels does not fit.
    #[error("{}: {error}", printable(name))]
    Channels {
        /// Which recording or stream.
        name: String,
        /// What does not fit.
        error: ChannelsError,
    },
    /// An electrode was named that the source lacks.
    #[error(
        "there is no channel '{}'; there are: {}",
        printable(wanted),
        printable_list(found)
    )]
    NoSuchChannel {
        /// The name.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// The description of a synthetic patient is wrong.
    #[error(
        "'{}' does not describe a synthetic patient: {error}. Example: synthetic:seed=7,channels=21,rate=250,trials=20",
        printable(spec)
    )]
    SyntheticSpec {
        /// The description.
        spec: String,
        /// What is wrong with it.
        error: SpecError,
    },
    /// Nothing in a recording is long enough to be played in a loop.
    #[error("no part of {} is longer than {least_s} s, so it cannot be played in a loop", match after {
        Some(label) => format!("the recording that follows '{}'", printable(label)),
        None => "the recording".to_owned(),
    })]
    TooShortToLoop {
        /// The marker that the parts follow; none: any part.
        after: Option<String>,
        /// How long a part has to be, seconds.
        least_s: f64,
    },
    /// A list of recordings that is empty.
    #[error("there is no recording")]
    NoRecording,
    /// No stream on the network fits.
    #[error(
        "no LSL stream {} was found within {waited_s} s. {}",
        printable(wanted),
        found_streams(found)
    )]
    NoStream {
        /// What was looked for.
        wanted: String,
        /// How long.
        waited_s: f64,
        /// What there was instead.
        found: Vec<String>,
    },
    /// A predicate that says nothing of a stream's header.
    #[error(
        "\"{predicate}\" is no XPath predicate over a stream's header{}",
        if *lacks_quotes { ": text in it must stand in quotes of its own" } else { "" }
    )]
    Predicate {
        /// What was given.
        predicate: String,
        /// Whether text in it lacks its quotes.
        lacks_quotes: bool,
    },
    /// Several streams fit.
    #[error("{} LSL streams {} were found:\n  {}", found.len(), printable(wanted), joined(found, "\n  "))]
    SeveralStreams {
        /// What was looked for.
        wanted: String,
        /// What fits.
        found: Vec<String>,
    },
    /// A headset on a serial port.
    #[error("port {}: {error}", printable(port))]
    Headset {
        /// The port.
        port: String,
        /// What is wrong.
        error: HeadsetError,
    },
    /// The stream cannot be used.
    #[error("LSL stream '{}': {error}", printable(name))]
    Stream {
        /// Its name.
        name: String,
        /// What is wrong.
        error: StreamError,
    },
}

fn found_streams(found: &[String]) -> String {
    if found.is_empty() {
        return "No stream at all is visible: is the headset's program running, on this network, with LSL streaming on?"
            .into();
    }
    format!("Visible instead:\n  {}", joined(found, "\n  "))
}
