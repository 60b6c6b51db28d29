//! Headers as real programs write them. A field that is not needed never makes a file unusable, and what matters is
//! reported.

use super::tests::{bdf, edf, open, play};
use crate::source::recording::Recorded;
use crate::source::{Marker, Source, SourceEvent};

/// Two channels of 30 samples, in three records of 0.1 s, and a marker at sample 13.
fn two() -> Vec<u8> {
    let lists = ["", "+0.13\u{14}T1\u{14}\0", ""];
    edf(
        &[("C3", "uV"), ("C4", "uV")],
        &[0.0, 0.1, 0.2],
        &lists,
        false,
    )
}

/// Widths of the fields of a signal, in the order of the header.
const WIDTHS: [usize; 10] = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32];
const LABEL: usize = 0;
const UNIT: usize = 2;
const PHYSICAL_MIN: usize = 3;
const PHYSICAL_MAX: usize = 4;
const DIGITAL_MIN: usize = 5;
const DIGITAL_MAX: usize = 6;
const SAMPLES: usize = 8;

/// Writes one field of a signal.
fn set(bytes: &mut [u8], field: usize, signal: usize, text: &[u8]) {
    let count = usize::from(bytes[252] - b'0');
    let before: usize = WIDTHS[..field].iter().sum();
    let at = 256 + before * count + signal * WIDTHS[field];
    let slot = &mut bytes[at..at + WIDTHS[field]];
    slot.fill(b' ');
    slot[..text.len()].copy_from_slice(text);
}

fn put(bytes: &mut [u8], at: usize, width: usize, text: &[u8]) {
    bytes[at..at + width].fill(b' ');
    bytes[at..at + text.len()].copy_from_slice(text);
}

/// Labels, samples, markers and warnings.
type Contents = (Vec<String>, Vec<f64>, Vec<(u64, String)>, String);

/// The content of a file.
fn read(bytes: &[u8]) -> Contents {
    let mut recording = open(bytes).unwrap();
    let labels = recording.layout().labels.clone();
    let warnings = recording.about().warnings.join("; ");
    let (mut samples, mut markers) = (Vec::new(), Vec::new());
    for (event, _, values) in play(&mut recording, 7) {
        samples.extend(values);
        if let SourceEvent::Marker(Marker { at, label }) = event {
            markers.push((at.0, label));
        }
    }
    (labels, samples, markers, warnings)
}

/// Checks the content of `two`: `channel × 100 + index` for each channel.
fn assert_holds_both(bytes: &[u8], case: &str) -> String {
    let (labels, samples, markers, warnings) = read(bytes);
    assert_eq!(labels, ["C3", "C4"], "{case}");
    let expected = (0..30).flat_map(|k| [f64::from(k), f64::from(100 + k)]);
    assert_eq!(samples.len(), 60, "{case}");
    for (value, expected) in samples.iter().zip(expected) {
        assert!(
            (value - expected).abs() < 1e-6,
            "{case}: {value} {expected}"
        );
    }
    assert_eq!(markers, [(13, "T1".into())], "{case}");
    warnings
}

#[test]
fn one_invalid_channel_does_not_affect_the_others() {
    for (fields, reason) in [
        (
            vec![(PHYSICAL_MIN, "0"), (PHYSICAL_MAX, "0")],
            "to '0'..'0'",
        ),
        (
            vec![(LABEL, "-"), (DIGITAL_MIN, "0"), (DIGITAL_MAX, "0")],
            "'0'..'0' to",
        ),
        (
            vec![
                (LABEL, "-"),
                (UNIT, ""),
                (PHYSICAL_MIN, ""),
                (DIGITAL_MAX, ""),
            ],
            "to ''..'3276.7'",
        ),
        (vec![(PHYSICAL_MAX, "inf")], "'inf'"),
    ] {
        let mut bytes = two();
        for &(field, text) in &fields {
            set(&mut bytes, field, 1, text.as_bytes());
        }
        let (labels, samples, markers, warnings) = read(&bytes);
        assert_eq!(labels, ["C3"]);
        assert_eq!((samples.len(), markers.len()), (30, 1));
        assert!((samples[29] - 29.0).abs() < 1e-6);
        assert!(
            warnings.contains("left out, cannot be read: ") && warnings.contains(reason),
            "{warnings}"
        );
    }
    // The signal has no samples, so the file has only those of the others.
    let mut bytes = edf(&[("C3", "uV")], &[0.0], &[], false);
    let header = edf(&[("C3", "uV"), ("C4", "uV")], &[0.0], &[], false);
    bytes.splice(..256 * 3, header[..256 * 4].iter().copied());
    set(&mut bytes, SAMPLES, 1, b"0");
    let (labels, samples, _, warnings) = read(&bytes);
    assert_eq!((labels, samples.len()), (vec!["C3".to_owned()], 10));
    assert!(warnings.contains("C4 (no samples)"), "{warnings}");
}

#[test]
fn numbers_and_texts_as_programs_write_them() {
    let mut bytes = two();
    for (signal, low, high) in [(0, "-3276,8", "+3276,7"), (1, "-3276.8", "32767E-1")] {
        set(&mut bytes, PHYSICAL_MIN, signal, low.as_bytes());
        set(&mut bytes, PHYSICAL_MAX, signal, high.as_bytes());
    }
    set(&mut bytes, LABEL, 0, b"C3\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    set(&mut bytes, UNIT, 0, b"uV\0\0\0\0\0\0");
    set(&mut bytes, UNIT, 1, b"\xB5V");
    put(&mut bytes, 236, 8, b"3\0\0\0\0\0\0\0");
    put(&mut bytes, 244, 8, b"0,1");
    // Dates, patient and filters are ignored.
    bytes[8..184].fill(0xFF);
    assert_eq!(assert_holds_both(&bytes, "texts"), "");
    set(&mut bytes, UNIT, 0, "µV".as_bytes());
    assert_eq!(assert_holds_both(&bytes, "UTF-8"), "");
}

#[test]
fn all_complete_records_are_used_whatever_the_header_announces() {
    for (announced, warning) in [
        ("0", "3 whole records are there and used"),
        ("-1", "3 whole records are there and used"),
        ("", "3 whole records are there and used"),
        ("2", "announces 2 records, but 3 whole ones are there"),
        ("3", ""),
    ] {
        let mut bytes = two();
        put(&mut bytes, 236, 8, announced.as_bytes());
        let warnings = assert_holds_both(&bytes, announced);
        assert!(warnings.contains(warning), "{announced}: {warnings}");
        assert!(!warning.is_empty() || warnings.is_empty(), "{warnings}");
    }
    let mut bytes = two();
    bytes.extend([1, 2, 3]);
    assert!(assert_holds_both(&bytes, "rest").contains("last 3 bytes are no whole record"));
    let header = &two()[..1024];
    let error = open(header).unwrap_err().to_string();
    assert!(error.contains("is cut"), "{error}");
    let mut none = header.to_vec();
    put(&mut none, 236, 8, b"0");
    let error = open(&none).unwrap_err().to_string();
    assert!(
        error
            .contains("found 0 bytes behind the header, expected at least one record of 104 bytes"),
        "{error}"
    );
}

#[test]
fn a_header_is_recognized_by_its_content() {
    // A date in the version field (Emotiv), and a wrong header size.
    let mut dated = two();
    put(&mut dated, 0, 8, b"20160817");
    assert!(assert_holds_both(&dated, "date").contains("begins with \"20160817\""));
    for size in ["", "0", "1025", "nonsense"] {
        let mut bytes = two();
        put(&mut bytes, 184, 8, size.as_bytes());
        let warnings = assert_holds_both(&bytes, size);
        assert!(warnings.contains("its signals come to 1024"), "{warnings}");
    }
    // Padding after the signals, which is included in the announced size.
    let mut padded = two();
    padded.splice(1024..1024, [b' '; 256]);
    put(&mut padded, 184, 8, b"1280");
    assert_eq!(assert_holds_both(&padded, "padded"), "");
    // BDF whose first byte is missing, wrong, or encoded as two bytes of UTF-8.
    let whole = bdf(&[0, 32, -32, 64], &[0, 0, 5, 5]);
    let missing = whole[1..].to_vec();
    let mut aligned = whole.clone();
    aligned[..8].copy_from_slice(b"BIOSEMIX");
    let as_utf_8 = [b"\xC3\xBF", &whole[1..]].concat();
    let expected = read(&whole);
    assert_eq!(
        (expected.1.len(), expected.2.clone()),
        (4, vec![(2, "5".to_owned())])
    );
    for bytes in [missing, aligned, as_utf_8] {
        let found = read(&bytes);
        assert_eq!(
            (&found.0, &found.1, &found.2),
            (&expected.0, &expected.1, &expected.2)
        );
        assert!(found.3.contains("it is read as BDF"), "{}", found.3);
    }
}

#[test]
fn records_of_zero_duration_count_as_one_second() {
    let mut bytes = edf(&[("C3", "uV")], &[0.0], &[], false);
    put(&mut bytes, 244, 8, b"0");
    let recording = open(&bytes).unwrap();
    assert_eq!(recording.layout().rate.hz(), 10.0);
    assert!(
        recording
            .about()
            .warnings
            .join("")
            .contains("records of 0 s")
    );
}

#[test]
fn descending_digital_limits_invert_the_polarity_and_are_reported() {
    let mut bytes = two();
    set(&mut bytes, DIGITAL_MIN, 1, b"32767");
    set(&mut bytes, DIGITAL_MAX, 1, b"-32768");
    let (_, samples, _, warnings) = read(&bytes);
    // -32768 now means 3276.7, and 32767 means -3276.8.
    assert!((samples[1] - (-0.1 - 100.0)).abs() < 1e-6, "{}", samples[1]);
    assert!(
        warnings.contains("digital limits descend") && warnings.contains(": C4 ("),
        "{warnings}"
    );
}

#[test]
fn channels_with_descending_limits_are_reported_together() {
    let mut bytes = two();
    for channel in 0..2 {
        set(&mut bytes, DIGITAL_MIN, channel, b"32767");
        set(&mut bytes, DIGITAL_MAX, channel, b"-32768");
    }
    let (labels, _, _, warnings) = read(&bytes);
    assert_eq!(warnings.matches("descend").count(), 1, "{warnings}");
    for label in labels {
        assert!(warnings.contains(&format!("{label} (-")), "{warnings}");
    }
}

#[test]
fn annotations_of_all_kinds() {
    let lists = [
        "+0.02\u{14}T1@@C3\u{14}\0+0.02\u{14}T1@@C4\u{14}\0-0.5\u{14}before\u{14}\0",
        "+0.15\u{14}a@@b\u{14}\0+7\u{14}after\u{14}\0",
    ];
    let bytes = edf(&[("C3", "uV"), ("C4", "uV")], &[0.0, 0.1], &lists, false);
    let (_, _, markers, warnings) = read(&bytes);
    assert_eq!(
        markers,
        [(2, "T1".into()), (15, "a@@b".into()), (700, "after".into())]
    );
    assert!(
        warnings.contains("1 marker before the first sample is left out"),
        "{warnings}"
    );
    assert!(
        warnings.contains("1 marker lies after the last sample"),
        "{warnings}"
    );
    // Without a time-keeping list, the first annotation is not one.
    let mut bytes = edf(&[("C3", "uV")], &[0.0], &[], false);
    let at = bytes.len() - 64;
    bytes[at..].fill(0);
    bytes[at..at + 10].copy_from_slice(b"+0.05\x14Fu\xDF\x14");
    assert_eq!(read(&bytes).2, [(5, "Fuß".into())]);
}

#[test]
fn a_trigger_channel_gives_markers_and_is_not_eeg() {
    let mut bytes = edf(
        &[("C3", "uV"), ("TRIG", "uV")],
        &[0.0, 0.1],
        &["", ""],
        false,
    );
    // Scaled in steps of 0.1: a code of 7 is stored as 70.
    for record in 0..2 {
        for k in 0..10 {
            let code = if record == 1 && k >= 4 { 7i16 } else { 0 };
            let at = 1024 + record * 104 + 20 + 2 * k;
            bytes[at..at + 2].copy_from_slice(&(code * 10).to_le_bytes());
        }
    }
    let (labels, samples, markers, _) = read(&bytes);
    assert_eq!((labels, samples.len()), (vec!["C3".to_owned()], 20));
    assert_eq!(markers, [(14, "7".into())]);
    // A channel that changes all the time carries a signal.
    let analog = edf(
        &[("C3", "uV"), ("TRIG", "uV")],
        &[0.0, 0.1],
        &["", ""],
        false,
    );
    let (labels, _, markers, warnings) = read(&analog);
    assert_eq!((labels, markers.len()), (vec!["C3".to_owned()], 0));
    assert!(
        warnings.contains("'TRIG' is called a trigger channel"),
        "{warnings}"
    );
}

#[test]
fn a_slower_trigger_channel_gives_codes_at_their_first_sample() {
    let mut bytes = edf(&[("C3", "uV")], &[0.0, 0.1], &["", ""], false);
    let header = edf(&[("C3", "uV"), ("Trigger", "")], &[0.0, 0.1], &[], false);
    bytes.splice(..768, header[..1024].iter().copied());
    set(&mut bytes, SAMPLES, 1, b"4");
    for (record, codes) in [[0i16, 0, 0, 0], [0, 0, 30, 30]].into_iter().enumerate() {
        let at = 1024 + record * 92 + 20;
        bytes.splice(at..at, codes.iter().flat_map(|code| code.to_le_bytes()));
    }
    let (_, samples, markers, _) = read(&bytes);
    assert_eq!((samples.len(), markers), (20, vec![(15, "3".to_owned())]));
}

#[test]
fn zero_bytes_at_the_end_are_reported() {
    let mut bytes = edf(&[("C3", "uV")], &[0.0; 30], &[], false);
    let at = bytes.len() - 20 * 84;
    bytes[at..].fill(0);
    let (_, samples, _, warnings) = read(&bytes);
    assert_eq!(samples.len(), 300);
    assert!(
        warnings.contains("its last 2.1 s are zero bytes"),
        "{warnings}"
    );
}
