//! Electrode labels as programs write them: with prefixes, references, or two electrodes in one label.

use super::position_of_upper;
use crate::note::{Note, Notes, Remedy};
use crate::printable::storable;
use std::collections::BTreeMap;

/// Prefixes of electrode names in EDF files and amplifier programs.
const PREFIXES: [&str; 2] = ["EEG", "POL"];

/// References that do not affect the electrode's position, in capitals and without punctuation: earlobes and mastoids,
/// averages, and general terms for a reference.
const REFERENCES: [&str; 33] = [
    "LINKEDEARS",
    "LINKED",
    "REFERENCE",
    "AVERAGE",
    "REF",
    "VREF",
    "REF1",
    "REF2",
    "LE",
    "LER",
    "AR",
    "AVG",
    "AVE",
    "AV",
    "AA",
    "CAR",
    "CAVG",
    "ORG",
    "A1",
    "A2",
    "A1A2",
    "A2A1",
    "A1A22",
    "M1",
    "M2",
    "M1M2",
    "M2M1",
    "M1M22",
    "LM",
    "RM",
    "NOSE",
    "GND",
    "G2",
];

/// Electrodes at the mastoids and ears, one reference per side, like A1 and A2.
const AT_THE_EARS: [&str; 6] = ["T9", "T10", "TP9", "TP10", "FT9", "FT10"];

/// What a label denotes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Parsed {
    /// One electrode, in capitals, without its reference.
    Electrode(String),
    /// The difference between two electrodes, in capitals.
    Pair(String, String),
    /// Anything else.
    Other,
}

/// Standard spelling of an electrode's label: without dots, prefix ("EEG", "POL") and reference ("-REF", "-A2",
/// "-Vref", "-Org"), and in 10-10 case (`Fc5.` becomes `FC5`, `EEG FP1-REF` becomes `Fp1`, `EEG:C3` becomes `C3`). T3,
/// T4, T5 and T6 get their modern names.
///
/// A label that is not a 10-10 electrode is only trimmed. So is the difference between two electrodes (`C3-Cz`):
/// whether this is C3 against a common reference or part of a bipolar chain depends on the other channels, see
/// [`labels_of`].
#[must_use]
pub fn canonical_label(label: &str) -> String {
    match parse(label) {
        Parsed::Electrode(upper) => spell(&upper),
        Parsed::Pair(..) | Parsed::Other => storable(trimmed(label)).into_owned(),
    }
}

/// Labels of a source's channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// One unique label for each channel.
    pub labels: Vec<String>,
    /// Messages for the user about the labels.
    pub notes: Notes,
}

/// Standard labels of all channels of a source, in order and unique.
///
/// - If all pairs share one second electrode that is not a channel itself (`C3-Cz`, `C4-Cz`), or one at the ears, that
///   electrode is the reference: the channels are C3 and C4. In a bipolar chain (`T3-C3`, `C3-Cz`), the channels keep
///   their labels and have no position.
/// - Two derivations of one electrode (`C3-A1`, `C3-A2`) keep their labels.
/// - Channels with the same label are numbered from 0, like in MNE-Python (`EEG-0`, `EEG-1`).
#[must_use]
pub fn labels_of(given: &[&str]) -> Labels {
    let clean: Vec<_> = given.iter().map(|label| storable(label)).collect();
    let given: Vec<&str> = clean.iter().map(AsRef::as_ref).collect();
    let given = given.as_slice();
    let parsed: Vec<Parsed> = given.iter().map(|label| parse(label)).collect();
    let is_referential = has_common_reference(&parsed);
    let standard: Vec<String> = parsed
        .iter()
        .zip(given)
        .map(|(parsed, given)| match parsed {
            Parsed::Electrode(upper) => spell(upper),
            Parsed::Pair(upper, _) if is_referential => spell(upper),
            Parsed::Pair(..) | Parsed::Other => trimmed(given).to_owned(),
        })
        .collect();
    let mut notes = Notes::new();
    let pairs = || (0..given.len()).filter(|&k| matches!(parsed[k], Parsed::Pair(..)));
    if !is_referential && pairs().next().is_some() {
        let pairs: Vec<&str> = pairs().map(|k| trimmed(given[k])).collect();
        notes.push(format!(
            "bipolar channels, which have no single position on the head: {}",
            pairs.join(", ")
        ));
    }
    let labels = make_different(&standard, given, &mut notes);
    Labels { labels, notes }
}

/// Whether the second electrodes of all pairs are a common reference.
fn has_common_reference(parsed: &[Parsed]) -> bool {
    let seconds: Vec<&str> = parsed
        .iter()
        .filter_map(|parsed| match parsed {
            Parsed::Pair(_, second) => Some(second.as_str()),
            _ => None,
        })
        .collect();
    let is_channel = |electrode: &str| {
        parsed.iter().any(|parsed| {
            matches!(parsed, Parsed::Pair(own, _) | Parsed::Electrode(own) if own == electrode)
        })
    };
    let is_one = seconds.len() >= 2
        && seconds.iter().all(|second| *second == seconds[0])
        && !is_channel(seconds[0]);
    let are_ears = !seconds.is_empty()
        && seconds
            .iter()
            .all(|second| AT_THE_EARS.contains(second) && !is_channel(second));
    is_one || are_ears
}

/// Makes labels unique.
fn make_different(standard: &[String], given: &[&str], notes: &mut Notes) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (k, label) in standard.iter().enumerate() {
        places.entry(label).or_default().push(k);
    }
    let mut labels = standard.to_vec();
    for (label, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
        let mut own: Vec<&str> = places.iter().map(|&k| trimmed(given[k])).collect();
        for (&k, own) in places.iter().zip(&own) {
            (*own).clone_into(&mut labels[k]);
        }
        own.sort_unstable();
        let count = own.len();
        own.dedup();
        if own.len() == count {
            let text = format!(
                "{} are {count} derivations of {label}: each keeps its own label",
                own.join(" and ")
            );
            notes.push(Note::new(text, Remedy::ChooseChannels));
            continue;
        }
        for (number, &k) in places.iter().enumerate() {
            labels[k] = format!("{label}-{number}");
        }
        notes.push(format!(
            "{count} channels are called '{label}': they are numbered {label}-0 to {label}-{}",
            count - 1
        ));
    }
    // The new label may already belong to another channel.
    for k in 1..labels.len() {
        while labels[..k].contains(&labels[k]) {
            labels[k].push('\'');
        }
    }
    labels
}

fn trimmed(label: &str) -> &str {
    label.trim_matches(|c: char| c == '.' || c == '\0' || c.is_whitespace())
}

fn parse(label: &str) -> Parsed {
    let upper = trimmed(label).to_ascii_uppercase();
    let body = PREFIXES
        .iter()
        .filter_map(|prefix| upper.strip_prefix(prefix))
        .find_map(|rest| rest.strip_prefix(is_separator))
        .map_or(upper.as_str(), |rest| rest.trim_matches(is_separator));
    let end = body
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(body.len());
    let (head, tail) = body.split_at(end);
    let Some(electrode) = electrode(head) else {
        return Parsed::Other;
    };
    if !tail.is_empty() && !tail.starts_with(is_separator) {
        return Parsed::Other;
    }
    let reference: String = tail.chars().filter(char::is_ascii_alphanumeric).collect();
    if reference.is_empty() || REFERENCES.contains(&reference.as_str()) {
        return Parsed::Electrode(electrode);
    }
    match self::electrode(&reference) {
        Some(second) => Parsed::Pair(electrode, second),
        None => Parsed::Other,
    }
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | ':' | '_' | '-' | '.' | '/' | '\u{2013}' | '\u{2212}'
    )
}

/// The modern name, in capitals, of an electrode; `None` if there is no such electrode.
fn electrode(upper: &str) -> Option<String> {
    let modern = match upper {
        "T3" => "T7",
        "T4" => "T8",
        "T5" => "P7",
        "T6" => "P8",
        other => other,
    };
    position_of_upper(modern).map(|_| modern.to_owned())
}

fn spell(upper: &str) -> String {
    let cased = upper.replace('Z', "z");
    cased
        .strip_prefix("FP")
        .map_or(cased.clone(), |rest| format!("Fp{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::montage::{named, position};
    use proptest::prelude::*;

    #[test]
    fn labels_of_real_recordings_become_standard() {
        for (found, standard) in [
            ("Fc5.", "FC5"),
            ("C3..", "C3"),
            ("Fp1.", "Fp1"),
            ("Cz..", "Cz"),
            ("Iz..", "Iz"),
            ("EEG FP1-REF", "Fp1"),
            ("T3", "T7"),
            ("T9..", "T9"),
            ("Status", "Status"),
            ("EOG left", "EOG left"),
            ("Afz.", "AFz"),
            ("EEG:C3", "C3"),
            ("EEG_C3", "C3"),
            ("EEG-C3", "C3"),
            ("POL C3", "C3"),
            ("C3-Org", "C3"),
            ("C3-A1A2", "C3"),
            ("C3-(A1+A2)/2", "C3"),
            ("C3 - A2", "C3"),
            ("C3-Vref", "C3"),
            ("EEG C3-LE", "C3"),
            ("C3\0\0", "C3"),
            ("EEG C3-A2 ", "C3"),
            ("C3-Cz", "C3-Cz"),
            ("EEG Fpz-Cz", "EEG Fpz-Cz"),
            ("EEG 1", "EEG 1"),
            ("EEG", "EEG"),
            ("12", "12"),
            ("C3EMG", "C3EMG"),
        ] {
            assert_eq!(canonical_label(found), standard, "{found}");
        }
    }

    fn labels(given: &[&str]) -> Vec<String> {
        labels_of(given).labels
    }

    #[test]
    fn bipolar_channels_keep_their_labels() {
        let chain = ["T3-C3", "C3-Cz", "Cz-C4", "C4-T4", "FP1-F7"];
        let found = labels_of(&chain);
        assert_eq!(found.labels, chain);
        assert!(found.notes[0].contains("T3-C3, C3-Cz"), "{:?}", found.notes);
        assert!(found.labels.iter().all(|label| position(label).is_none()));
        // As in the Sleep-EDF database.
        let sleep = ["EEG Fpz-Cz", "EEG Pz-Oz", "EOG horizontal"];
        assert_eq!(labels(&sleep), sleep);
        assert_eq!(labels(&["C3-Cz", "Fz"]), ["C3-Cz", "Fz"]);
    }

    #[test]
    fn a_common_second_electrode_is_the_reference() {
        assert_eq!(labels(&["C3-Cz", "C4-Cz", "Fp1-Cz"]), ["C3", "C4", "Fp1"]);
        assert_eq!(labels(&["EEG C3-TP10", "EEG C4-TP9"]), ["C3", "C4"]);
        assert_eq!(labels(&["C3-Cz", "C4-Cz", "Cz"]), ["C3-Cz", "C4-Cz", "Cz"]);
        assert_eq!(labels(&["C3-A2", "C4-A1", "EOG1"]), ["C3", "C4", "EOG1"]);
    }

    #[test]
    fn two_derivations_of_one_electrode_keep_their_labels() {
        let found = labels_of(&["C3-A1", "C3-A2", "C4-A1"]);
        assert_eq!(found.labels, ["C3-A1", "C3-A2", "C4"]);
        assert!(found.notes[0].contains("2 derivations of C3"));
        assert_eq!(position("C3-A1"), position("C3"));
    }

    #[test]
    fn channels_of_one_name_are_numbered_as_mne_does() {
        let given = ["EEG-C3", "EEG", "EEG", "EEG-Cz"];
        assert_eq!(labels(&given), ["C3", "EEG-0", "EEG-1", "Cz"]);
        assert_eq!(labels(&["A", "A", "A-0"]), ["A-0", "A-1", "A-0'"]);
    }

    proptest! {
        #[test]
        fn every_electrode_is_found_with_any_prefix_and_reference(
            k in 0..64usize,
            prefix in prop::sample::select(vec!["", "EEG ", "EEG:", "EEG_", "EEG-", "POL ", "eeg "]),
            reference in prop::sample::select(vec!["", "-REF", "-Vref", " - A2", "-A1A2", "-Org", "-LE", "-avg", ".", ".."]),
            upper: bool,
        ) {
            let label = named(64).unwrap().swap_remove(k);
            let own = if upper { label.to_uppercase() } else { label.to_lowercase() };
            let found = canonical_label(&format!("{prefix}{own}{reference}"));
            prop_assert_eq!(&found, &label);
            prop_assert_eq!(canonical_label(&found), found);
        }

        #[test]
        fn labels_are_unique_and_as_many_as_channels(given in prop::collection::vec("[A-C]?[1-3z]?(-[A-C][1-3z])?", 0..12)) {
            let given: Vec<&str> = given.iter().map(String::as_str).collect();
            let found = labels(&given);
            prop_assert_eq!(found.len(), given.len());
            for (k, label) in found.iter().enumerate() {
                prop_assert!(!found[..k].contains(label), "{:?} {:?}", given, found);
            }
        }
    }
}
