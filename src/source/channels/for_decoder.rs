//! Chooses the channels for a decoder: by their own names, or by those that its recordings were given.

use super::chooser::choose_plainly;
use super::read_as::are_same;
use super::{Choice, Described, ForDecoder, NoUnit, ReadAs};
use crate::source::SourceError;

/// Decides which channels are read, under which names and with which factors.
///
/// # Errors
/// [`SourceError`] if no channel is EEG, or `read_as` does not fit.
pub(crate) fn choose(
    what: &str,
    described: &[Described],
    no_unit: NoUnit,
    read_as: &ReadAs,
) -> Result<Choice, SourceError> {
    let own = choose_plainly(what, described, no_unit, read_as);
    let Some(decoder) = &read_as.decoder else {
        return own;
    };
    // Names that are given now take precedence over those of the decoder's recordings.
    let are_given = !read_as.channels.is_empty() || !read_as.electrodes.is_empty();
    if are_given || decoder.electrodes.is_empty() {
        return own.map(|mut choice| {
            choice.warnings.extend(contradiction(read_as, decoder));
            choice
        });
    }
    let as_fitted = ReadAs {
        channels: decoder.channels.clone(),
        ..read_as.clone()
    };
    let as_then = choose_plainly(what, described, no_unit, &as_fitted)
        .is_ok_and(|choice| choice.labels() == decoder.labels);
    let is_whole = |choice: &Choice| {
        let labels = choice.labels();
        decoder.needs.iter().all(|need| labels.contains(need))
    };
    if !as_then && own.as_ref().is_ok_and(is_whole) {
        return own;
    }
    let as_fitted = ReadAs {
        electrodes: decoder.electrodes.clone(),
        ..as_fitted
    };
    let mut choice = choose_plainly(what, described, no_unit, &as_fitted)?;
    choice.warnings.push(format!(
        "its channels are called {}, as those of the recordings that the decoder was fitted to",
        choice.labels().join(", ")
    ));
    Ok(choice)
}

/// The warning if the given electrodes are not those that the decoder was fitted with.
fn contradiction(read_as: &ReadAs, decoder: &ForDecoder) -> Option<String> {
    let differ = !read_as.electrodes.is_empty()
        && !decoder.electrodes.is_empty()
        && !are_same(&read_as.electrodes, &decoder.electrodes);
    differ.then(|| {
        format!(
            "the stated electrodes {} are used, although {} were stated when the decoder was fitted",
            read_as.electrodes.join(","),
            decoder.electrodes.join(",")
        )
    })
}
