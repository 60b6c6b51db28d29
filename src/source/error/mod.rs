//! Errors of sources. They do not mention command-line options: `app/advice.rs` adds advice.

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
        /// The system's error.
        cause: std::io::Error,
    },
    /// The file does not follow its format.
    #[error(
        "{} is not a usable recording: at byte {offset}: found {}, expected {}",
        printable_path(path),
        printable(found),
        printable(expected)
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Byte in the file.
        offset: u64,
        /// What was found there.
        found: String,
        /// What was expected there.
        expected: String,
    },
    /// The file is truncated.
    #[error(
        "{} is cut: it has {found} bytes, but its header announces {expected}. Copy it again from where it was recorded",
        printable_path(path)
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
        /// The size that its header announces, bytes.
        expected: u64,
    },
    /// Another file of the recording is missing.
    #[error(
        "{} names {} ({}=), which cannot be read: {cause}. Its files must stand in one folder; where one was renamed, \
         correct the name in the header",
        printable_path(header),
        printable_path(path),
        printable(key)
    )]
    Companion {
        /// The header that names the file.
        header: PathBuf,
        /// The key in the header.
        key: String,
        /// The missing file.
        path: PathBuf,
        /// The system's error.
        cause: std::io::Error,
    },
    /// The recording has no stream with this name, or several.
    #[error(
        "{} has no EEG stream '{}'; it has:\n  {}\nChoose one: FILE#NAME or FILE#NUMBER",
        printable_path(path),
        printable(wanted),
        joined(found, "\n  ")
    )]
    NoSuchStream {
        /// The file.
        path: PathBuf,
        /// The requested stream.
        wanted: String,
        /// The streams in the file.
        found: Vec<String>,
    },
    /// The recording has no EEG stream.
    #[error(
        "{} has no stream of type EEG with a regular rate; it has:\n  {}\nA stream of numbers that come regularly can be chosen: \
         FILE#NAME or FILE#NUMBER",
        printable_path(path), if found.is_empty() { "nothing".to_owned() } else { joined(found, "\n  ") }
    )]
    NoEegStream {
        /// The file.
        path: PathBuf,
        /// The streams in the file.
        found: Vec<String>,
    },
    /// The recording has several EEG streams.
    #[error(
        "{} has {} EEG streams:\n  {}\nChoose one: FILE#NAME or FILE#NUMBER", printable_path(path), found.len(), joined(found, "\n  ")
    )]
    SeveralEegStreams {
        /// The file.
        path: PathBuf,
        /// The EEG streams in the file.
        found: Vec<String>,
    },
    /// The source has no EEG channel.
    #[error(
        "{} has no EEG channel. It has {}. {reason}", printable(name),
        if found.is_empty() { "no channels at all".to_owned() } else { printable_list(found) }
    )]
    NoChannels {
        /// The recording or stream.
        name: String,
        /// Its channels, each with the reason why it is not EEG.
        found: Vec<String>,
        /// What the channels have in common.
        reason: NoEegReason,
    },
    /// The header and the time stamps of a recording give different rates.
    #[error("{}: {doubt}", printable(name))]
    Rate {
        /// The recording.
        name: String,
        /// Both rates.
        doubt: RateDoubt,
    },
    /// What the user stated about the channels does not fit.
    #[error("{}: {error}", printable(name))]
    Channels {
        /// The recording or stream.
        name: String,
        /// What does not fit.
        error: ChannelsError,
    },
    /// The source lacks a requested channel.
    #[error(
        "there is no channel '{}'; there are: {}",
        printable(wanted),
        printable_list(found)
    )]
    NoSuchChannel {
        /// The requested channel.
        wanted: String,
        /// The channels of the source.
        found: Vec<String>,
    },
    /// The description of a synthetic patient is invalid.
    #[error(
        "'{}' does not describe a synthetic patient: {error}. Example: synthetic:seed=7,channels=21,rate=250,trials=20",
        printable(spec)
    )]
    SyntheticSpec {
        /// The description.
        spec: String,
        /// The reason.
        error: SpecError,
    },
    /// No part of a recording is long enough to be looped.
    #[error("no part of {} is longer than {least_s} s, so it cannot be played in a loop", match after {
        Some(label) => format!("the recording that follows '{}'", printable(label)),
        None => "the recording".to_owned(),
    })]
    TooShortToLoop {
        /// The marker that precedes the parts; `None` for any part.
        after: Option<String>,
        /// Minimum length of a part, seconds.
        least_s: f64,
    },
    /// The list of recordings is empty.
    #[error("there is no recording")]
    NoRecording,
    /// No stream on the network matches.
    #[error(
        "no LSL stream {} was found within {waited_s} s. {}",
        printable(wanted),
        found_streams(found)
    )]
    NoStream {
        /// Description of the requested stream.
        wanted: String,
        /// How long.
        waited_s: f64,
        /// What there was instead.
        found: Vec<String>,
    },
    /// The predicate is not XPath, or cannot match any stream's header.
    #[error(
        "\"{predicate}\" is no XPath predicate over a stream's header{}",
        if *lacks_quotes { ": text in it must stand in quotes of its own" } else { "" }
    )]
    Predicate {
        /// The predicate.
        predicate: String,
        /// Whether text in it lacks quotes.
        lacks_quotes: bool,
    },
    /// Several streams match.
    #[error("{} LSL streams {} were found:\n  {}", found.len(), printable(wanted), joined(found, "\n  "))]
    SeveralStreams {
        /// Description of the requested stream.
        wanted: String,
        /// The matching streams.
        found: Vec<String>,
    },
    /// A headset on a serial port.
    #[error("port {}: {error}", printable(port))]
    Headset {
        /// The port.
        port: String,
        /// The reason.
        error: HeadsetError,
    },
    /// The stream cannot be used.
    #[error("LSL stream '{}': {error}", printable(name))]
    Stream {
        /// Its name.
        name: String,
        /// The reason.
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
