//! Bad electrodes: they are reported and interpolated from their neighbours, and too many of them stop the pointer.

use crate::common;

use common::{Lab, s007, wait_for};
use serde_json::Value;

const MOTOR_21: &str =
    "FC5,FC3,FC1,FCz,FC2,FC4,FC6,C5,C3,C1,Cz,C2,C4,C6,CP5,CP3,CP1,CPz,CP2,CP4,CP6";

struct Replayed {
    right: usize,
    trials: usize,
    /// Steps that moved the pointer.
    moving: usize,
    /// Windows from which artifacts were removed.
    shortened: u64,
    /// Label and fault, in order of time.
    channels: Vec<(String, String)>,
}

fn replay(lab: &Lab, recording: &str, model: &str, faults: &[&str]) -> Replayed {
    let mut args = vec![
        "replay",
        recording,
        "--model",
        model,
        "--rest-threshold",
        "0.1",
    ];
    faults
        .iter()
        .for_each(|fault| args.extend(["--fault", *fault]));
    let events = String::from_utf8(lab.succeed(&args).stdout).unwrap();
    let (mut out, mut cue, mut moved) = (
        Replayed {
            right: 0,
            trials: 0,
            moving: 0,
            shortened: 0,
            channels: Vec::new(),
        },
        String::new(),
        0,
    );
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        match event["event"].as_str().unwrap() {
            "marker" | "end" => {
                if cue == "T1" || cue == "T2" {
                    out.trials += 1;
                    out.right += usize::from(if cue == "T1" { moved < 0 } else { moved > 0 });
                }
                out.shortened = event["shortened_windows"].as_u64().unwrap_or(0);
                cue = event["label"].as_str().unwrap_or("").to_owned();
                moved = 0;
            }
            "intent" => {
                let dx = event["dx_px"].as_i64().unwrap();
                moved += dx;
                out.moving += usize::from(dx != 0);
            }
            "channel" => out.channels.push((
                event["label"].as_str().unwrap().to_owned(),
                event["fault"].as_str().unwrap_or("good").to_owned(),
            )),
            _ => {}
        }
    }
    out
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(label, fault): &(&str, &str)| ((*label).to_owned(), (*fault).to_owned());
    expected.iter().map(owned).collect()
}

/// S007 decodes almost perfectly. This tests decoding without C3, the electrode over the right hand's cortex.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_patient_is_decoded_without_their_best_electrode() {
    let lab = Lab::new();
    let model = s007::fit(&lab, &["--channels", MOTOR_21]);
    let held_out = s007::held_out();
    let whole = replay(&lab, &held_out, &model, &[]);
    assert!(
        whole.right >= 14 && whole.channels.is_empty(),
        "{:?}",
        whole.channels
    );
    for (faults, expected) in [
        (&["C3=flat"][..], pairs(&[("C3", "flat")])),
        (&["C3=nan"], pairs(&[("C3", "flat")])),
        (&["C3=noisy"], pairs(&[("C3", "noisy")])),
        (&["C3=unlike"], pairs(&[("C3", "unlike")])),
        (
            &["C3=railed@20..60", "CP4=flat@30..70"],
            pairs(&[
                ("C3", "railed"),
                ("CP4", "flat"),
                ("C3", "good"),
                ("CP4", "good"),
            ]),
        ),
    ] {
        let found = replay(&lab, &held_out, &model, faults);
        println!("{faults:?}: {} of {} right", found.right, found.trials);
        assert_eq!(found.channels, expected, "{faults:?}");
        assert!(
            found.right >= 13,
            "{faults:?}: {} of {}",
            found.right,
            found.trials
        );
    }
    // Activity of muscles and eyes is not a fault of an electrode. It is removed from the windows.
    for faults in [&["C3=blink"][..], &["C3=jaw", "C4=jaw", "FC3=jaw"]] {
        let found = replay(&lab, &held_out, &model, faults);
        println!(
            "{faults:?}: {} of {} right, {} windows",
            found.right, found.trials, found.shortened
        );
        assert_eq!(found.channels, [], "{faults:?}");
        assert!(
            found.shortened > whole.shortened + 300,
            "{faults:?}: {}",
            found.shortened
        );
        assert!(
            found.right >= 13,
            "{faults:?}: {} of {}",
            found.right,
            found.trials
        );
    }
}

/// The same with electrodes of unknown position: a bad one is left out until it is good again.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_patient_is_decoded_without_an_electrode_of_unknown_position() {
    let lab = Lab::new();
    let numbered: Vec<String> = (1..=21).map(|k| format!("x{k}")).collect();
    let place = MOTOR_21.split(',').position(|label| label == "C3").unwrap();
    let bad = &numbered[place];
    let electrodes = numbered.join(",");
    let model = s007::fit(&lab, &["--channels", MOTOR_21, "--electrodes", &electrodes]);
    let held_out = s007::held_out();
    for (fault, expected) in [("flat", "flat"), ("noisy", "noisy")] {
        let fault = format!("{bad}={fault}");
        let found = replay(&lab, &held_out, &model, &[&fault]);
        println!("{fault}: {} of {} right", found.right, found.trials);
        assert_eq!(found.channels, pairs(&[(bad, expected)]));
        assert!(found.right >= 13 && found.moving > 1000, "{}", found.right);
        let mut args = vec!["replay", &held_out, "--model", &model];
        args.extend(["--fault", &fault]);
        let output = lab.succeed(&args);
        let messages = String::from_utf8(output.stderr).unwrap();
        let prefix = format!("channel  {bad} at ");
        assert_eq!(messages.matches(&prefix).count(), 1, "{messages}");
        assert!(
            messages.contains("is not known, so it is left out"),
            "{messages}"
        );
    }
}

#[test]
fn too_many_bad_channels_stop_the_pointer() {
    let lab = Lab::new();
    let model = lab.path("model.json").to_string_lossy().into_owned();
    let patient = "synthetic:seed=3,channels=9,trials=12";
    let classes = "left_hand=left_hand,right_hand=right_hand";
    lab.succeed(&["fit", patient, "--classes", classes, "--out", &model]);
    assert!(replay(&lab, patient, &model, &["C1=flat"]).moving > 100);
    // Two of nine are more than a fifth. This is known from 1.04 s, before the first complete window.
    assert_eq!(
        replay(&lab, patient, &model, &["C1=flat", "C2=flat"]).moving,
        0
    );
    let unknown = lab.fail(&["replay", patient, "--fault", "Oz=flat"]);
    assert!(
        unknown.contains("no channel 'Oz'; there are: FC3"),
        "{unknown}"
    );
}

#[test]
fn results_do_not_depend_on_block_sizes() {
    let lab = Lab::new();
    let model = lab.path("model.json").to_string_lossy().into_owned();
    let patient = "synthetic:seed=3,channels=9,trials=6";
    let classes = "left_hand=left_hand,right_hand=right_hand";
    lab.succeed(&["fit", patient, "--classes", classes, "--out", &model]);
    let faults = [
        "--fault",
        "C3=flat@9.3..14.1",
        "--fault",
        "Cz=nan@5..5.1",
        "--fault",
        "C4=nan@5..5.1",
        "--fault",
        "FC4=blink",
    ];
    let events = |block: &str| {
        let replay = ["replay", patient, "--model", &model, "--block", block];
        lab.succeed(&[&replay[..], &faults].concat()).stdout
    };
    let first = events("64");
    for block in ["1", "7", "256"] {
        assert!(
            first == events(block),
            "blocks of {block} differ from blocks of 64"
        );
    }
}

#[test]
fn a_run_reports_which_electrode_to_check() {
    let lab = Lab::new();
    let patient = "synthetic:seed=5,channels=21,trials=30";
    let _headset = lab.spawn(
        &[
            "replay",
            patient,
            "--to",
            "lsl",
            "--name",
            "loose",
            "--fault",
            "C3=flat@2..6",
        ],
        None,
    );
    let run = [
        "run",
        "--stream",
        "loose",
        "--wait",
        "20",
        "--pointer",
        "none",
    ];
    let driver = lab.spawn_logged(&run, "", "run.log");
    wait_for("the fault and its end in the log", 40.0, || {
        let log = lab.read("run.log");
        log.contains("C3 is flat: is the electrode connected? Its neighbours stand in")
            && log.contains("C3 is good again")
    });
    driver.signal("INT");
    assert_eq!(driver.finish(5.0).0, Some(0));
}
