//! GDF and BrainVision files as real programs write them. A field that is not needed never makes a file unusable, and
//! what matters is reported.

use super::*;

/// Labels, samples, markers and warnings.
type Contents = (Vec<String>, Vec<f64>, Vec<(u64, String)>, String);

fn read(mut recording: Box<dyn Recorded>) -> Contents {
    let labels = recording.layout().labels.clone();
    let warnings = recording.about().warnings.join("; ");
    let (samples, markers) = play(&mut *recording, 5);
    (labels, samples, markers, warnings)
}

fn gdf_changed(change: impl Fn(&mut Vec<u8>)) -> Contents {
    let mut bytes = gdf("2.20", 4);
    change(&mut bytes);
    read(open_bytes(&bytes).unwrap())
}

const GDF_MARKERS: [(u64, &str); 2] = [(1, "769"), (5, "770")];

fn assert_gdf(found: &Contents, is_with_markers: bool) {
    assert_eq!(found.0, ["C3"]);
    assert_eq!(found.1.len(), 8);
    assert!(
        found
            .1
            .iter()
            .zip(0..)
            .all(|(value, k)| (value - f64::from(k)).abs() < 1e-9),
        "{:?}",
        found.1
    );
    let expected = GDF_MARKERS.map(|(at, label)| (at, label.to_owned()));
    assert_eq!(
        found.2,
        if is_with_markers {
            expected.to_vec()
        } else {
            Vec::new()
        }
    );
}

/// Where the events of `gdf("2.20", 4)` begin: after two records of four samples of three bytes.
const TABLE: usize = 768 + 2 * 12;

#[test]
fn wrong_fields_that_are_not_needed_do_not_make_a_gdf_file_unusable() {
    // The name ends with a NUL, and so may the version.
    assert_gdf(&gdf_changed(|bytes| bytes[3] = 0), true);
    let version = |bytes: &mut Vec<u8>| bytes[3..8].copy_from_slice(b"\0 2.2");
    assert_gdf(&gdf_changed(version), true);
    for mode in [0, 3, 7] {
        assert_gdf(&gdf_changed(|bytes| bytes[TABLE] = mode), true);
    }
    let found = gdf_changed(|bytes| bytes[TABLE] = 99);
    assert_gdf(&found, false);
    assert!(
        found.3.contains("is no event table (mode 99)"),
        "{}",
        found.3
    );
    let found = gdf_changed(|bytes| bytes[184] = 0);
    assert_gdf(&found, true);
    assert!(
        found.3.contains("announces a size of 0 bytes"),
        "{}",
        found.3
    );
    for records in [-1i64, 0] {
        let found = gdf_changed(|bytes| {
            bytes.truncate(TABLE);
            bytes[236..244].copy_from_slice(&records.to_le_bytes());
        });
        assert_gdf(&found, false);
        assert!(
            found.3.contains("2 whole records are there and used"),
            "{}",
            found.3
        );
    }
    let empty = &gdf("2.20", 4)[..768];
    let error = open_bytes(empty).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("is cut"), "{error}");
}

#[test]
fn one_gdf_channel_without_limits_does_not_affect_the_others() {
    let channels = gdf_changed(|bytes| {
        // The second channel becomes one in µV with an empty range.
        bytes[256 + 102 * 2 + 2..256 + 102 * 2 + 4].copy_from_slice(&4275u16.to_le_bytes());
        for limit in [104, 112] {
            bytes[256 + limit * 2 + 8..256 + limit * 2 + 16].fill(0);
        }
    });
    assert_gdf(&channels, true);
    assert!(channels.3.contains("Temp (scaled "), "{}", channels.3);
}

#[test]
fn codes_of_a_gdf_trigger_channel_are_markers() {
    for per_record in [1, 4] {
        let mut bytes = gdf("2.20", per_record);
        bytes[256 + 16..256 + 32].copy_from_slice(b"TRIG\0\0\0\0\0\0\0\0\0\0\0\0");
        // Its stored numbers are its values.
        for (limit, values) in [(104, [-128.0f64, 127.0]), (120, [-128.0, 127.0])] {
            for (k, value) in values.into_iter().enumerate() {
                let at = 256 + (limit + 8 * k) * 2 + 8;
                bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        for sample in 0..8usize {
            let (record, within) = (sample / per_record as usize, sample % per_record as usize);
            let at = 768 + record * 3 * per_record as usize + 2 * per_record as usize + within;
            bytes[at] = if sample >= 3 { 9 } else { 0 };
        }
        let found = read(open_bytes(&bytes).unwrap());
        assert_eq!(found.0, ["C3"]);
        let markers: Vec<(u64, &str)> = found
            .2
            .iter()
            .map(|(at, label)| (*at, label.as_str()))
            .collect();
        assert_eq!(markers, [(1, "769"), (3, "9"), (5, "770")]);
    }
}

/// A BrainVision recording with a text replaced in its header or its markers.
fn changed(name: &'static str, from: &str, to: &str) -> BTreeMap<&'static str, Vec<u8>> {
    let mut files = brainvision("INT_16", "MULTIPLEXED");
    let bytes = files.get_mut(name).unwrap();
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    bytes.splice(at..at + from.len(), to.bytes());
    files
}

fn read_changed(name: &'static str, from: &str, to: &str) -> Contents {
    read(open_files("x.vhdr", &changed(name, from, to)).unwrap())
}

const VALUES: [f64; 6] = [0.5, 2.0, -1.0, 4.0, 1.5, -6.0];

fn assert_values(found: &Contents) {
    assert_eq!(found.0, ["C3", "F, 4"]);
    assert_eq!(found.1.len(), VALUES.len());
    assert!(
        found
            .1
            .iter()
            .zip(VALUES)
            .all(|(a, b)| (a - b).abs() < 1e-9),
        "{:?}",
        found.1
    );
}

#[test]
fn headers_of_all_brain_products_programs() {
    for line in [
        "Brain Vision V-Amp Data Header File Version 1.0",
        "BrainVision Data Exchange Header File Version 2.0",
        "Brain Vision Core Data Exchange Header File, Version 1.0",
    ] {
        assert_values(&read_changed(
            "x.vhdr",
            "Brain Vision Data Exchange Header File Version 1.0",
            line,
        ));
    }
}

#[test]
fn a_comment_may_hold_anything() {
    let comment = "[Comment]\r\n[Common Infos]\r\nNumberOfChannels=1\r\n";
    assert_values(&read_changed("x.vhdr", "[Comment]\r\n", comment));
}

#[test]
fn each_field_has_its_own_encoding() {
    let mut files = changed("x.vhdr", "Ch1=C3", "Ch1=C3");
    // The unit is UTF-8, the comment Latin-1.
    let header = files.get_mut("x.vhdr").unwrap();
    let at = header.iter().position(|&byte| byte == 0xB5).unwrap();
    header.insert(at, 0xC2);
    header.extend(b"Ger\xE4t\r\n");
    assert_values(&read(open_files("x.vhdr", &files).unwrap()));
}

#[test]
fn big_endian_numbers() {
    let mut files = changed(
        "x.vhdr",
        "[Binary Infos]\r\n",
        "[Binary Infos]\r\nUseBigEndianOrder=YES\r\n",
    );
    files
        .get_mut("x.eeg")
        .unwrap()
        .chunks_mut(2)
        .for_each(|bytes| bytes.reverse());
    assert_values(&read(open_files("x.vhdr", &files).unwrap()));
}

#[test]
fn samples_stored_as_text() {
    let header = ("DataFormat=BINARY", "DataFormat=ASCII");
    let infos =
        "[ASCII Infos]\r\nDecimalSymbol=,\r\nSkipLines=1\r\nSkipColumns=0\r\n[Channel Infos]";
    let open = |text: &str, orientation: &str, infos: &str| {
        let mut files = changed("x.vhdr", header.0, header.1);
        let bytes = files.get_mut("x.vhdr").unwrap();
        let replace = |bytes: &mut Vec<u8>, from: &str, to: &str| {
            let at = bytes
                .windows(from.len())
                .position(|window| window == from.as_bytes())
                .unwrap();
            bytes.splice(at..at + from.len(), to.bytes());
        };
        replace(bytes, "[Channel Infos]", infos);
        replace(bytes, "MULTIPLEXED", orientation);
        files.insert("x.eeg", text.as_bytes().to_vec());
        open_files("x.vhdr", &files)
    };
    let rows = "C3 F4 T\n1 2000 30\r\n-2,0 4000 31\n3 -6e3 32\n";
    assert_values(&read(open(rows, "MULTIPLEXED", infos).unwrap()));
    let columns = "x\nC3 1 -2 3\nF4 2000 4000 -6000\nT 30 31 32\n";
    assert_values(&read(
        open(
            columns,
            "VECTORIZED",
            &infos.replace("Columns=0", "Columns=1"),
        )
        .unwrap(),
    ));
    let error = open("x\n1 2 3\n1 2\n3\n", "MULTIPLEXED", infos)
        .map(|_| ())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("found 2 numbers in line 3, expected 3"),
        "{error}"
    );
}

#[test]
fn channels_that_the_header_describes_badly() {
    let found = read_changed("x.vhdr", "Ch1=C3,,0.5,", "Ch1=C3,,0,5,");
    assert_values(&found);
    let found = read_changed("x.vhdr", "Ch2=F\\1 4,,,nV", "Ch2=F\\1 4,,x,nV");
    assert_eq!((found.0, found.1.len()), (vec!["C3".to_owned()], 3));
    assert!(found.3.contains("its resolution is 'x'"), "{}", found.3);
    let found = read_changed("x.vhdr", "Ch3=Temp", "; 3=Temp");
    assert_values(&found);
    assert!(
        found.3.contains("Ch3 (the header does not describe it)"),
        "{}",
        found.3
    );
    let found = read_changed("x.vhdr", "[Comment]", "Ch4=X,,1,\r\n[Comment]");
    assert_values(&found);
    assert!(
        found.3.contains("describes others beside them"),
        "{}",
        found.3
    );
}

#[test]
fn missing_or_unclear_markers() {
    let found = read_changed("x.vmrk", "S  2,3", "S  2,x");
    assert_values(&found);
    assert_eq!(found.2.len(), 2);
    assert!(
        found.3.contains("left out of x.vmrk: 1 line that"),
        "{}",
        found.3
    );
    let found = read_changed("x.vmrk", "S  2,3", "S  2,-3");
    assert_eq!(found.2.len(), 2);
    assert!(
        found.3.contains("1 marker before the first sample"),
        "{}",
        found.3
    );
    let mut files = brainvision("INT_16", "MULTIPLEXED");
    files.remove("x.vmrk");
    let found = read(open_files("x.vhdr", &files).unwrap());
    assert_values(&found);
    assert!(
        found.2.is_empty() && found.3.contains("there are no markers"),
        "{}",
        found.3
    );
    // Files that were renamed together are found by their new name.
    let found = read_changed("x.vhdr", "DataFile=$b.eeg", "DataFile=old.eeg");
    assert_values(&found);
    assert!(
        found
            .3
            .contains("names old.eeg, which is not there: x.eeg is read instead"),
        "{}",
        found.3
    );
}

#[test]
fn a_pause_between_segments_is_a_gap() {
    let lines = "Mk1=New Segment,,1,1,0,20260101120000000000\nMk4=New Segment,,3,1,0,20260101120000100000\n";
    let mut recording = open_files(
        "x.vhdr",
        &changed("x.vmrk", "Mk1=New Segment,,1,1,0,2026\n", lines),
    )
    .unwrap();
    let mut block = Block::with_capacity(2, 8);
    let mut events = Vec::new();
    loop {
        let event = recording.next(&mut block).unwrap();
        if event == SourceEvent::End {
            break;
        }
        let is_samples = event == SourceEvent::Samples;
        let frames = if is_samples { block.frames() } else { 0 };
        events.push((event, block.first.0, frames));
    }
    // 100 ms at 500 Hz are fifty samples, two of which were recorded.
    assert!(
        events.contains(&(SourceEvent::Gap { missing: 48 }, 2, 0)),
        "{events:?}"
    );
    let last = events.iter().rfind(|event| event.2 > 0).unwrap();
    assert_eq!((last.1, last.2), (50, 1));
    let marker = |label: &str| {
        let found = events
            .iter()
            .find(|event| matches!(&event.0, SourceEvent::Marker(m) if m.label == label));
        found.map(|event| event.1)
    };
    assert_eq!((marker("a, b"), marker("S  2")), (Some(1), Some(50)));
}
