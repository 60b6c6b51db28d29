//! What a user of the command line can do about an error or a note of the library. The texts of the library name no option or command of
//! this program; they are added here, by the type of the error.

mod errors;

use crate::note::{Note, Remedy};

/// An error with all its causes, and what to do about it.
pub(super) fn explained(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    match error.chain().find_map(errors::advice) {
        Some(advice) => joined(&text, &advice),
        None => text,
    }
}

/// A note, with the option that changes it.
pub(super) fn noted(note: &Note) -> String {
    with_remedy(note, note.remedy)
}

/// The text of a note, with the option of its remedy.
pub(super) fn with_remedy(text: &str, remedy: Option<Remedy>) -> String {
    let option = match remedy {
        None => return text.to_owned(),
        Some(Remedy::TakeChannels) => "--channels takes them anyway".into(),
        Some(Remedy::ChooseChannels) => "--channels chooses between them".into(),
        Some(Remedy::NameElectrodes) => "--electrodes names them".into(),
        Some(Remedy::StateUnit) => "--unit says otherwise".into(),
        Some(Remedy::ReadIn(unit)) => format!("--unit {0} reads them as {0}", unit.symbol()),
        Some(Remedy::StateRate) => "--rate HZ says otherwise".to_owned(),
        Some(Remedy::ReadAt(hz)) => format!("--rate {hz} says so"),
        Some(Remedy::LeaveOut) => "--channels with the other channels leaves it out".to_owned(),
    };
    format!("{text} ({option})")
}

/// Joins a text and its advice. After a list, the advice gets its own line.
fn joined(text: &str, advice: &str) -> String {
    let between = if text.contains('\n') {
        "\n"
    } else if text.ends_with(['?', '.']) {
        " "
    } else {
        ". "
    };
    format!("{text}{between}{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoding::RoleError;
    use crate::pipeline::PipelineError;
    use crate::replay::trace::TraceError;
    use crate::runtime::RunError;
    use crate::source::{ChannelsError, SourceError};
    use crate::units::VoltageUnit;
    use anyhow::Context;
    use std::error::Error;

    fn explained_of(error: impl Error + Send + Sync + 'static) -> String {
        explained(&anyhow::Error::new(error))
    }

    #[test]
    fn advice_is_found_under_wrappers_and_contexts() {
        let role = || RoleError::NoRegressor;
        let wrapped = [
            explained_of(role()),
            explained_of(PipelineError::Role(role())),
            explained_of(RunError::Pipeline(PipelineError::Role(role()))),
            explained_of(TraceError::Pipeline(PipelineError::Role(role()))),
        ];
        for text in wrapped {
            assert_eq!(
                text,
                "mode 'continuous' needs a decoder with a regressor. Fit one with 'bci-cursor fit --continuous', or use another --mode"
            );
        }
        let inner: Result<(), _> = Err(SourceError::Channels {
            name: "synthetic:".into(),
            error: ChannelsError::Synthetic,
        });
        let text = explained(&inner.context("nothing is fitted").unwrap_err());
        assert!(
            text.starts_with("nothing is fitted: synthetic:: a synthetic patient has"),
            "{text}"
        );
        assert!(
            text.ends_with(". Leave out --electrodes, --unit and --rate"),
            "{text}"
        );
    }

    #[test]
    fn an_error_without_advice_is_unchanged() {
        let unknown = anyhow::anyhow!("the amplifier caught fire");
        assert_eq!(explained(&unknown), "the amplifier caught fire");
    }

    #[test]
    fn advice_follows_a_list_on_a_line_of_its_own_and_a_question_without_a_full_stop() {
        let several = SourceError::SeveralStreams {
            wanted: "of type 'EEG'".into(),
            found: vec!["Cap".into(), "Cup".into()],
        };
        let text = explained_of(several);
        assert!(text.contains("\n  Cup\nChoose one with --stream"), "{text}");
        let none = SourceError::NoStream {
            wanted: "named 'Cap'".into(),
            waited_s: 3.0,
            found: Vec::new(),
        };
        let text = explained_of(none);
        assert!(text.contains("streaming on? 'bci-cursor doctor'"), "{text}");
    }

    #[test]
    fn a_note_names_the_option_that_would_change_it() {
        let remedy = Remedy::ReadIn(VoltageUnit::Millivolt);
        let note = Note::new("the channels are too small".into(), remedy);
        assert_eq!(
            noted(&note),
            "the channels are too small (--unit mV reads them as mV)"
        );
        assert_eq!(noted(&"the file is cut".into()), "the file is cut");
    }
}
