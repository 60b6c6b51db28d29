//! Files played by MNE-LSL: signals are read in microvolts, in whatever unit and spelling MNE-LSL publishes them, and annotations are markers.

use crate::common;

use bci_cursor::block::Block;
use bci_cursor::source::lsl::{LslSource, StreamQuery, resolve};
use bci_cursor::source::{Source, SourceEvent};
use common::{Running, python, wait_for};
use std::process::{Command, Stdio};

/// Importing MNE-LSL takes seven seconds of an idle processor, so one program plays for all checks.
#[test]
fn files_that_mne_lsl_plays_are_read_in_microvolts_with_their_annotations() {
    let name = format!("mne-lsl-{}", std::process::id());
    let folder = tempfile::tempdir().unwrap();
    let script = format!("{}/tests/peers/player.py", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python());
    command.arg(&script).arg(&name).arg(folder.path());
    command.stdin(Stdio::null());
    let mut player = Running::start(command);
    let lines = player.lines();
    wait_for("the player", 180.0, || {
        lines.try_recv().is_ok_and(|line| line == "ready")
    });
    reads_ramps(&format!("{name}-volts"));
    reads_ramps(&format!("{name}-microvolts"));
    reads_annotations(&format!("{name}-microvolts"));
}

fn open(name: &str) -> LslSource {
    let source = LslSource::open(resolve(&named(name), 20.0).unwrap()).unwrap();
    assert_eq!(source.layout().labels, ["C3", "C4", "Cz"]);
    assert_eq!(source.layout().rate.hz(), 250.0);
    source
}

fn named(name: &str) -> StreamQuery {
    StreamQuery {
        name: Some(name.into()),
        ..StreamQuery::default()
    }
}

/// Reads two seconds of ramps, in microvolts.
fn reads_ramps(name: &str) {
    let mut source = open(name);
    let mut block = Block::with_capacity(3, 64);
    let (mut read, mut last) = (0, None::<f64>);
    wait_for("two seconds of samples", 30.0, || {
        if source.next(&mut block).unwrap() == SourceEvent::Samples {
            for frame in block.iter() {
                let k = frame[0].round();
                for (channel, value) in frame.iter().enumerate() {
                    let expected = k + 1000.0 * channel as f64;
                    assert!((value - expected).abs() < 0.001, "{frame:?}");
                }
                let next = last.map_or(k, |last| (last + 1.0) % 2500.0);
                assert_eq!(k, next, "samples follow one another");
                last = Some(k);
                read += 1;
            }
        }
        read >= 500
    });
}

/// MNE-LSL publishes annotations as durations, with one channel for each text.
fn reads_annotations(name: &str) {
    let annotations = resolve(&named(&format!("{name}-annotations")), 20.0).unwrap();
    let mut source = open(name).with_markers(&annotations).unwrap();
    let mut block = Block::with_capacity(3, 64);
    let mut labels = Vec::new();
    wait_for("four markers", 40.0, || {
        if let SourceEvent::Marker(marker) = source.next(&mut block).unwrap() {
            labels.push(marker.label);
        }
        labels.len() >= 4
    });
    for pair in labels.windows(2) {
        assert!(["left", "right"].contains(&pair[0].as_str()), "{labels:?}");
        assert_ne!(pair[0], pair[1], "{labels:?}");
    }
}
