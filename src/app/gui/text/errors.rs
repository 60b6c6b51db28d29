//! A Chinese sentence for every error that a window can show. Each file matches every variant of its types, so that a new one does not
//! compile without its sentence.

mod decoders;
mod fits;
mod guided;
mod looks;
mod patients;
mod runs;
mod settings;
mod signals;
mod sources;
mod streams;
mod system;

use super::{CHINESE, InChinese, Message, Text};
use crate::fit::FitError;
use crate::fit::face::FaceSwitchError;
use crate::patient::profile::ProfileError;
use crate::patient::store::StoreError;
use crate::pipeline::PipelineError;
use crate::pointer::PointerError;
use crate::printable::{joined, printable, printable_path};
use crate::runtime::RunError;
use crate::settings::{SettingsError, WrongValue};
use crate::source::SourceError;
use crate::starters::NoStarter;
use bci_cursor_calibration::DecoderError;
use std::error::Error;
use std::path::Path;

/// A name or a word from outside in Chinese quotes, safe to show.
fn quoted(text: &str) -> String {
    format!("“{}”", printable(text))
}

/// A file, safe to show.
fn file(path: &Path) -> String {
    printable_path(path).to_string()
}

/// Names in a row.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "（无）".to_owned();
    }
    joined(names, "、")
}

/// A class as the windows call it.
fn class(name: &str) -> String {
    printable(Text::class(&CHINESE, name)).into_owned()
}

/// Several classes.
fn classes(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| class(name)).collect();
    listed(&names)
}

/// The sentence for an error of any type that a run can end with; none for other types.
fn of_run(error: &(dyn Error + 'static)) -> Option<String> {
    fn of<E: InChinese + Error + 'static>(error: &(dyn Error + 'static)) -> Option<String> {
        Some(error.downcast_ref::<E>()?.chinese())
    }
    let known = [
        of::<RunError>,
        of::<SourceError>,
        of::<PipelineError>,
        of::<PointerError>,
        of::<StoreError>,
        of::<ProfileError>,
        of::<SettingsError>,
        of::<WrongValue>,
        of::<FitError>,
        of::<FaceSwitchError>,
        of::<DecoderError>,
        of::<NoStarter>,
    ];
    known.into_iter().find_map(|of| of(error))
}

/// The error of a run for the window that has started it.
#[must_use]
pub fn run_error(error: &anyhow::Error) -> Message {
    let known = error.chain().find_map(of_run);
    let chinese = known.unwrap_or_else(|| "原因见详细信息".to_owned());
    Message::new(format!("{error:#}"), chinese)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::gui::text::ENGLISH;
    use crate::source::{HeadsetError, LslFault, StreamError};
    use bci_cursor_calibration::DatasetError;

    /// Every variant has its sentence, or this does not compile; here some are read.
    #[test]
    fn sentences_are_chinese_and_name_what_is_wrong() {
        let no_stream = SourceError::NoStream {
            wanted: "named 'cap'".into(),
            waited_s: 5.0,
            found: vec!["'other' (type EEG, 8 channels)".into()],
        };
        let lost = SourceError::Stream {
            name: "cap".into(),
            error: StreamError::Lost(LslFault::Ended),
        };
        let port = SourceError::Headset {
            port: "/dev/ttyUSB0".into(),
            error: HeadsetError::NothingKnown,
        };
        let few = FitError::Dataset(DatasetError::TooFewTrials {
            class: "left_hand".into(),
            found: 2,
            needed: 3,
        });
        let no_file = StoreError::Io {
            path: "/data/ann".into(),
            cause: std::io::ErrorKind::StorageFull.into(),
        };
        let cases: [(Message, &[&str]); 5] = [
            (no_stream.into(), &["5 秒", "1 个其他数据流"]),
            (lost.into(), &["“cap”", "数据流已结束"]),
            (port.into(), &["/dev/ttyUSB0", "设备打开了吗"]),
            (few.into(), &["“左手”", "2 个试次", "3 个"]),
            (no_file.into(), &["/data/ann", "磁盘已满"]),
        ];
        for (message, parts) in cases {
            let (chinese, english) = (message.text(&CHINESE), message.text(&ENGLISH));
            assert!(parts.iter().all(|part| chinese.contains(part)), "{chinese}");
            for word in [" is ", " the ", " are ", "named", "channels"] {
                assert!(!chinese.contains(word), "{chinese}");
            }
            assert!(english.is_ascii(), "{english}");
        }
    }

    #[test]
    fn the_error_of_a_run_is_found_below_its_contexts() {
        let wrapped = RunError::Source(SourceError::NoRecording);
        let error = anyhow::Error::new(wrapped).context("the run cannot start");
        let message = run_error(&error);
        assert_eq!(message.text(&CHINESE), "没有记录");
        assert!(message.text(&ENGLISH).starts_with("the run cannot start: "));
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        let other = run_error(&anyhow::anyhow!("the amplifier caught fire"));
        assert_eq!(other.text(&ENGLISH), "the amplifier caught fire");
        assert!(!other.text(&CHINESE).is_ascii());
    }
}
