//! Damaged XDF files: intact parts are used, and losses are reported.

use super::*;

fn frames(count: usize) -> Vec<[f64; 2]> {
    vec![[1.0, 2.0]; count]
}

fn warnings(bytes: &[u8]) -> String {
    open(bytes).unwrap().about().warnings.join("; ")
}

/// Index and bits of every frame.
fn indexed(bytes: &[u8]) -> Vec<(u64, [u64; 2])> {
    let events = play(open(bytes).unwrap().as_mut(), 64).unwrap();
    events
        .into_iter()
        .filter(|event| event.0 == SourceEvent::Samples)
        .flat_map(|(_, first, bits)| {
            let frames: Vec<_> = bits.chunks(2).map(|bits| [bits[0], bits[1]]).collect();
            frames.into_iter().zip(first..).map(|(bits, at)| (at, bits))
        })
        .collect()
}

/// Place of the first EEG chunk of ten frames at or after `from`: its length of one byte, 109, and its tag.
fn eeg_chunk(bytes: &[u8], from: usize) -> usize {
    let found = bytes[from..].windows(4).position(|w| w == [1, 109, 3, 0]);
    from + found.unwrap()
}

#[test]
fn a_wrong_length_is_corrected_from_the_samples() {
    let blocks: Vec<Written> = (0..100).map(|k| (k * 10, frames(10))).collect();
    let whole = session(&blocks, &[], true);
    let at = eeg_chunk(&whole, whole.len() / 4);
    let mut short = whole.clone();
    short[at + 1] = 100;
    let mut long = whole.clone();
    long.splice(at..at + 2, [8, 0, 0, 0, 0, 1, 0, 0, 0]);
    for bytes in [short, long] {
        assert_eq!(indexed(&bytes), indexed(&whole));
        let reported = warnings(&bytes);
        assert!(
            reported.contains(&format!("damaged: bytes {at} to")),
            "{reported}"
        );
    }
}

#[test]
fn a_damaged_chunk_is_a_gap_of_the_same_length() {
    let blocks: Vec<Written> = (0..100).map(|k| (k * 10, frames(10))).collect();
    let whole = session(&blocks, &[(3, "a".into()), (900, "b".into())], true);
    let at = eeg_chunk(&whole, whole.len() / 2);
    let mut bytes = whole.clone();
    // A time stamp of seven bytes.
    let stamp = at + 10;
    assert!(matches!(bytes[stamp], 0 | 8));
    bytes[stamp] = 7;
    let (found, expected) = (indexed(&bytes), indexed(&whole));
    assert_eq!(found.len(), expected.len() - 10);
    // All remaining frames keep their places, to within the precision of the stamps.
    let lost = found
        .iter()
        .zip(&expected)
        .position(|(a, b)| a.0.abs_diff(b.0) > 5)
        .unwrap();
    for (a, b) in found[lost..].iter().zip(&expected[lost + 10..]) {
        assert!(a.0.abs_diff(b.0) <= 5, "{a:?} {b:?}");
    }
    let reported = warnings(&bytes);
    assert!(
        reported.contains("damaged: bytes") && reported.contains("are a gap"),
        "{reported}"
    );
}

#[test]
fn reading_continues_after_the_next_boundary() {
    let blocks: Vec<Written> = (0..400).map(|k| (k * 10, frames(10))).collect();
    let whole = session(&blocks, &[], true);
    let mut bytes = whole.clone();
    let at = eeg_chunk(&whole, whole.len() / 4);
    // Zeros over the starts of several chunks.
    bytes[at..at + 600].fill(0);
    let found = indexed(&bytes);
    let lost = 4000 - found.len();
    assert!((50..700).contains(&lost), "{lost}");
    assert!(
        found.last().unwrap().0.abs_diff(3999) <= 5,
        "{:?}",
        found.last()
    );
    assert!(warnings(&bytes).contains("damaged: bytes"));
}

#[test]
fn bytes_left_unwritten_by_a_power_failure_are_reported() {
    let blocks: Vec<Written> = (0..100).map(|k| (k * 10, frames(10))).collect();
    let whole = session(&blocks, &[], true);
    let at = eeg_chunk(&whole, whole.len() / 2);
    let mut bytes = whole[..at].to_vec();
    let before = indexed(&bytes).len();
    bytes.resize(at + 4096, 0);
    assert_eq!(indexed(&bytes).len(), before);
    let reported = warnings(&bytes);
    assert!(
        reported.contains(&format!(
            "its last 4096 bytes, from byte {at} on, are zeros"
        )),
        "{reported}"
    );
    // Bytes other than zeros are also reported.
    bytes[at..].fill(0x55);
    assert_eq!(indexed(&bytes).len(), before);
    let reported = warnings(&bytes);
    assert!(
        reported.contains(&format!("damaged from byte {at} of {}", bytes.len())),
        "{reported}"
    );
}

#[test]
fn integers_that_end_in_zero_bytes_are_kept_before_a_tail_of_zeros() {
    let mut bytes = Vec::new();
    let mut writer = XdfWriter::new(&mut bytes, "now").unwrap();
    let header = StreamHeader {
        name: "eeg".into(),
        kind: "EEG".into(),
        source_id: "s".into(),
        rate_hz: 100.0,
        sample_type: SampleType::Int32,
        channels: vec![
            ChannelHeader {
                label: "C3".into(),
                unit: "microvolts".into(),
                kind: "EEG".into(),
            };
            2
        ],
        reference: String::new(),
        manufacturer: String::new(),
    };
    let id = writer.add_stream(&header).unwrap();
    let mut samples = Samples::default();
    for k in 0..50 {
        samples.begin(Some(f64::from(k) / 100.0), 0.01);
        (0..2).for_each(|_| samples.number(5.0, SampleType::Int32));
    }
    writer.samples(id, &mut samples).unwrap();
    drop(writer);
    assert_eq!(bytes.last(), Some(&0));
    let end = bytes.len();
    bytes.resize(end + 5000, 0);
    assert_eq!(indexed(&bytes).len(), 50);
    // If the zeros begin within the samples, those before them are used.
    bytes[end - 170..].fill(0);
    assert_eq!(indexed(&bytes).len(), 40);
}

#[test]
fn one_invalid_header_affects_only_its_stream() {
    let whole = two_streams();
    let text = b"<channel_count>1";
    let at = whole
        .windows(text.len())
        .rposition(|window| window == text)
        .unwrap();
    let mut bytes = whole.clone();
    bytes[at + text.len() - 1] = b'x';
    let reported = warnings(&bytes);
    assert!(
        reported.contains("stream 2 is left out") && reported.contains("<channel_count>x"),
        "{reported}"
    );
    assert_eq!(indexed_single(&bytes), 1);
    // If no stream is left, the error is about the header.
    let first = whole
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    bytes[first + text.len() - 1] = b'x';
    let error = open(&bytes).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("<channel_count>x"), "{error}");
}

fn indexed_single(bytes: &[u8]) -> usize {
    let events = play(open(bytes).unwrap().as_mut(), 64).unwrap();
    events.into_iter().map(|event| event.2.len()).sum()
}

proptest! {
    #[test]
    fn everything_before_zeros_at_the_end_is_read(blocks in blocks(), single: bool, at in 0.0..1.0f64, aligned: bool) {
        let whole = session(&blocks, &[(3, "a".into())], single);
        let mut cut = (whole.len() as f64 * at) as usize;
        if aligned {
            cut = cut / 512 * 512;
        }
        let mut bytes = whole.clone();
        bytes.resize(whole.len() + 600, 0);
        bytes[cut..].fill(0);
        let expected = indexed(&whole);
        if let Ok(mut recording) = open(&bytes) {
            let part: Vec<u64> = play(recording.as_mut(), 16).unwrap().into_iter().flat_map(|event| event.2).collect();
            let all: Vec<u64> = expected.iter().flat_map(|frame| frame.1).collect();
            prop_assert_eq!(part.as_slice(), &all[..part.len()]);
            // At least as much as from a file that is truncated there.
            if let Ok(mut cut) = open(&whole[..cut]) {
                let least: usize = play(cut.as_mut(), 16).unwrap().into_iter().map(|event| event.2.len()).sum();
                prop_assert!(part.len() >= least, "{} {least}", part.len());
            }
            let reported = recording.about().warnings.join("; ");
            prop_assert!(reported.contains("are zeros"), "{}", reported);
        }
    }

    #[test]
    fn zeros_in_the_middle_lose_only_nearby_samples(blocks in proptest::collection::vec(Just(frames(10)), 200..300), at in 0.1..0.9f64) {
        let blocks: Vec<Written> = blocks.into_iter().zip(0..).map(|(frames, k)| (k * 10, frames)).collect();
        let whole = session(&blocks, &[], true);
        let mut bytes = whole.clone();
        let place = (whole.len() as f64 * at) as usize;
        bytes[place..place + 40].fill(0);
        let (found, expected) = (indexed(&bytes), indexed(&whole));
        prop_assert!(found.len() + 64 * 10 + 20 >= expected.len());
    }
}
