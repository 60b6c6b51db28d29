//! What a channel's name and type say about it.

use crate::montage::{canonical_label, position};

/// Names that are recognized anywhere in a label (in capitals, without punctuation), and what such a channel is.
const PARTS: [(&str, &str); 23] = [
    ("EOG", "EOG"),
    ("ECG", "ECG"),
    ("EKG", "ECG"),
    ("EMG", "EMG"),
    ("MARKER", "marker"),
    ("TRIGGER", "trigger"),
    ("STIMUL", "trigger"),
    ("ANNOTATION", "annotation"),
    ("TIMESTAMP", "time stamp"),
    ("SAMPLENUMBER", "counter"),
    ("SAMPLEINDEX", "counter"),
    ("PACKET", "counter"),
    ("COUNTER", "counter"),
    ("INTERPOLAT", "interpolation"),
    ("QUALITY", "signal quality"),
    ("VALIDATION", "signal quality"),
    ("ACCEL", "acceleration"),
    ("GYRO", "rotation"),
    ("MAGNETO", "magnetometer"),
    ("BATTERY", "battery"),
    ("RESPIRA", "respiration"),
    ("PHOTO", "light"),
    ("TEMPERATURE", "temperature"),
];

/// Names that are recognized as a whole word of a label (in capitals, without trailing digits).
const WORDS: [(&str, &str); 57] = [
    ("HEO", "EOG"),
    ("VEO", "EOG"),
    ("HEOL", "EOG"),
    ("HEOR", "EOG"),
    ("VEOU", "EOG"),
    ("VEOL", "EOG"),
    ("LO", "EOG"),
    ("IO", "EOG"),
    ("SO", "EOG"),
    ("TTL", "trigger"),
    ("SYNC", "trigger"),
    ("BVP", "pulse"),
    ("HR", "pulse"),
    ("DIODE", "light"),
    ("TRIG", "trigger"),
    ("TRG", "trigger"),
    ("STATUS", "trigger"),
    ("STI", "trigger"),
    ("STIM", "trigger"),
    ("EVENT", "event"),
    ("EVENTS", "event"),
    ("DIN", "digital input"),
    ("DIGI", "digital input"),
    ("DC", "DC input"),
    ("AUX", "auxiliary input"),
    ("CNT", "counter"),
    ("COUNT", "counter"),
    ("TIME", "time stamp"),
    ("CLOCK", "time stamp"),
    ("BAT", "battery"),
    ("BATT", "battery"),
    ("ACC", "acceleration"),
    ("ACCX", "acceleration"),
    ("ACCY", "acceleration"),
    ("ACCZ", "acceleration"),
    ("GYR", "rotation"),
    ("GYRX", "rotation"),
    ("GYRY", "rotation"),
    ("GYRZ", "rotation"),
    ("MAG", "magnetometer"),
    ("CQ", "signal quality"),
    ("VALID", "signal quality"),
    ("RESP", "respiration"),
    ("FLOW", "respiration"),
    ("THORAX", "respiration"),
    ("ABDOMEN", "respiration"),
    ("SAO", "oxygen saturation"),
    ("SPO", "oxygen saturation"),
    ("PULSE", "pulse"),
    ("PULS", "pulse"),
    ("PPG", "pulse"),
    ("GSR", "skin conductance"),
    ("EDA", "skin conductance"),
    ("CHIN", "EMG"),
    ("TEMP", "temperature"),
    ("PHOTIC", "light"),
    ("AUDIO", "sound"),
];

/// Two labels of sleep recordings: the outer corners of the eyes.
const EYES: [&str; 2] = ["LOC", "ROC"];

/// What a channel is according to its name, if that is not EEG. An electrode of the 10-10 system or a plain number is
/// always EEG.
pub(super) fn other_than_eeg(label: &str) -> Option<&'static str> {
    if position(&canonical_label(label)).is_some() {
        return None;
    }
    let upper = label.to_ascii_uppercase();
    let joined: String = upper.chars().filter(char::is_ascii_alphanumeric).collect();
    let of = |table: &[(&str, &'static str)], is: &dyn Fn(&str) -> bool| {
        table
            .iter()
            .find(|(name, _)| is(name))
            .map(|(_, what)| *what)
    };
    if let Some(what) = of(&PARTS, &|name| joined.contains(name)) {
        return Some(what);
    }
    let mut words = upper
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words.find_map(|word| {
        if EYES.contains(&word) {
            return Some("EOG");
        }
        of(&WORDS, &|name| word == name)
    })
}

/// Words in the labels of trigger channels, without trailing digits.
const TRIGGERS: [&str; 12] = [
    "TRIG", "TRIGGER", "TRIGGERS", "TRG", "STATUS", "STIM", "STI", "MARKER", "MARKERS", "EVENT",
    "EVENTS", "TTL",
];

/// Whether a label is that of a trigger channel, such as `Status`, `TRIG 1` or `Trigger-In`.
pub(in crate::source) fn is_trigger_name(label: &str) -> bool {
    label
        .to_ascii_uppercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| TRIGGERS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())))
}

/// Whether a channel of a stream carries trigger codes, according to its label or type.
pub(in crate::source) fn is_trigger_channel(label: &str, kind: &str) -> bool {
    is_trigger_name(label) || is_trigger_name(kind)
}

/// Whether a stream of numbers represents annotations by which of its channels is not zero, as MNE-LSL publishes them:
/// its type (or its name, without a type) contains "annotation", and its channels have names.
pub(in crate::source) fn are_annotations<'a>(
    kind: &str,
    name: &str,
    mut labels: impl Iterator<Item = &'a str>,
) -> bool {
    let names_annotations = |text: &str| text.to_ascii_lowercase().contains("annotation");
    let is_number = |label: &str| label.trim().parse::<u32>().is_ok();
    (names_annotations(kind) || (kind.trim().is_empty() && names_annotations(name)))
        && !labels.any(is_number)
}

/// The names of the channels that are not zero, separated by commas; `None` if all are zero.
pub(in crate::source) fn names_of_nonzero<'a>(
    labels: impl Iterator<Item = &'a str>,
    values: &[f64],
) -> Option<String> {
    let of = |(label, value): (&'a str, &f64)| (*value != 0.0).then_some(label);
    let names: Vec<&str> = labels.zip(values).filter_map(of).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// Whether a channel is labelled EXG. BioSemi uses this for electrodes next to its cap, and OpenBCI for those of its
/// boards.
pub(super) fn is_exg(label: &str) -> bool {
    label
        .split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| word.eq_ignore_ascii_case("EXG"))
}

/// Whether a type denotes EEG.
pub(super) fn is_eeg_type(kind: &str) -> bool {
    ["EEG", "ExG", "iEEG", "sEEG", "ECoG"]
        .iter()
        .any(|eeg| kind.eq_ignore_ascii_case(eeg))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::montage::named;
    use proptest::prelude::*;

    #[test]
    fn trigger_channels_are_recognized_by_a_word_of_their_name() {
        for label in [
            "Status",
            "TRIG",
            "TRIG 1",
            "TRIGGER(16)",
            "Trigger-In",
            "STI 014",
            "TTL",
        ] {
            assert!(is_trigger_name(label), "{label}");
        }
        for label in ["C3", "MarkerIndex", "Statusbar", "EOG", "1"] {
            assert!(!is_trigger_name(label), "{label}");
        }
    }

    #[test]
    fn channels_that_are_not_eeg_are_recognized_by_their_name() {
        for label in [
            "HEO",
            "VEO",
            "LO1",
            "IO2",
            "SO1",
            "TTL",
            "BVP",
            "EOG-left",
            "EOG:ch01",
            "HEOG",
            "VEOGU",
            "EOG left",
            "ECG",
            "EKG1-REF",
            "EMG submental",
            "EEG ECG1-REF",
            "Chin 1",
            "ROC-REF",
            "Resp oro-nasal",
            "SaO2",
            "SpO2",
            "Temp rectal",
            "Trigger",
            "TRIG",
            "TRG",
            "STI 014",
            "Status",
            "DC01",
            "ACC_X",
            "AccX",
            "Accelerometer X",
            "Gyroscope Z",
            "GYR1",
            "Battery",
            "Battery Level",
            "Sample number",
            "Time",
            "Timestamp",
            "Time Stamp",
            "Counter",
            "Interpolate",
            "HardwareMarker",
            "Marker Channel",
            "Validation Indicator",
            "Packet Num",
            "CQ_AF3",
            "AUX1",
            "Right AUX",
            "Event marker",
        ] {
            assert!(other_than_eeg(label).is_some(), "{label}");
        }
    }

    #[test]
    fn possible_eeg_is_not_excluded_by_its_name() {
        for label in [
            "C3",
            "EEG",
            "EEG 1",
            "EEG-0",
            "Ch1",
            "Channel 3",
            "1",
            "12",
            "A1",
            "B32",
            "E128",
            "M1",
            "LE",
            "CH_7",
            "Fp1-F7",
            "EXG Channel 0",
            "ExG 4",
            "Nz",
            "AFF5h",
            "PO9",
            "REF",
            "X1",
            "",
            "T3-C3",
        ] {
            assert_eq!(other_than_eeg(label), None, "{label}");
        }
        assert!(is_exg("EXG1") && is_exg("EXG Channel 0") && !is_exg("EEG 1"));
    }

    proptest! {
        #[test]
        fn no_electrode_and_no_number_is_excluded(k in 0..64usize, number in 0..5000u32, prefix in prop::sample::select(vec!["", "EEG ", "EEG:", "POL "])) {
            let label = format!("{prefix}{}", named(64).unwrap()[k]);
            prop_assert_eq!(other_than_eeg(&label), None);
            prop_assert_eq!(other_than_eeg(&number.to_string()), None);
        }
    }
}
