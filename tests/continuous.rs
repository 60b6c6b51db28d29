//! Continuous control in all directions: a regressor fitted on four imagined classes of S001, the only subject here
//! with four, steers two other runs.

use crate::common;

use bci_cursor::command::Mode;
use bci_cursor::fit::load_decoder;
use bci_cursor::pipeline::PipelineSettings;
use bci_cursor::replay::trace::Trace;
use common::{Lab, eeg_dir, eegmmidb};

const CLASSES: &str =
    "left_hand=T1@R04+R08,right_hand=T2@R04+R08,both_hands=T1@R06+R10,feet=T2@R06+R10";

/// Number of trials less than 90 degrees off, number of all trials, and the mean cosine of the error angle.
fn steer(lab: &Lab, eeg: &std::path::Path, mode: Mode) -> (usize, usize, f64) {
    let decoder = load_decoder(&lab.path("four.json")).unwrap();
    let settings = PipelineSettings {
        mode: Some(mode),
        ..PipelineSettings::default()
    };
    let mut cosines = Vec::new();
    for (run, axis) in [(12, 0), (14, 1)] {
        let trace = Trace::of(&eegmmidb(eeg, "S001", run), &decoder, &settings).unwrap();
        for (marker, sign) in [("T1", -1.0), ("T2", 1.0)] {
            for trial in trace.trials(marker) {
                let sum = |axis: usize| {
                    trial
                        .iter()
                        .map(|step| step.velocity_px_s[axis])
                        .sum::<f64>()
                };
                let way = [sum(0), sum(1)];
                let length = way[0].hypot(way[1]);
                cosines.push(if length > 0.0 {
                    sign * way[axis] / length
                } else {
                    0.0
                });
            }
        }
    }
    let towards = cosines.iter().filter(|cosine| **cosine > 0.0).count();
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    println!(
        "{mode:?}: {towards} of {} towards, mean cosine {mean:.2}",
        cosines.len()
    );
    (towards, cosines.len(), mean)
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_regressor_steers_better_than_four_directions() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let runs = [4, 6, 8, 10].map(|run| eegmmidb(&eeg, "S001", run));
    let model = lab.path("four.json").to_string_lossy().into_owned();
    let mut args = vec!["fit"];
    args.extend(runs.iter().map(String::as_str));
    args.extend(["--classes", CLASSES, "--continuous", "--out", &model]);
    let text = String::from_utf8(lab.succeed(&args).stdout).unwrap();
    assert!(
        text.contains("continuous  ") && text.contains("held-out trials go towards"),
        "{text}"
    );
    let (towards, all, cosine) = steer(&lab, &eeg, Mode::Continuous);
    // By chance, 21 of 30 occurs once in forty times.
    assert!(all == 30 && towards >= 21, "{towards} of {all}");
    let (_, _, of_classes) = steer(&lab, &eeg, Mode::Cartesian);
    assert!(cosine > of_classes, "{cosine} {of_classes}");

    let lacking = lab.fail(&["fit", &runs[0], "--classes", CLASSES, "--out", &model]);
    assert!(
        lacking.contains("marker 'T1@R06+R10' for class 'both_hands'"),
        "{lacking}"
    );
    let two = [
        "fit",
        &runs[0],
        "--classes",
        "left_hand=T1,right_hand=T2",
        "--continuous",
        "--out",
        &model,
    ];
    assert!(
        lab.fail(&two)
            .contains("needs classes that point to the sides and up or down")
    );
    let plain = ["replay", &runs[0], "--mode", "continuous"];
    assert!(
        lab.fail(&plain)
            .contains("Fit one with 'bci-cursor fit --continuous'")
    );
}
