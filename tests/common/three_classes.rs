//! A synthetic patient with three classes, one of which presses the left button.

use super::{Lab, Running};

const PATIENT: &str = "seed=5,classes=left_hand+right_hand+feet,erd=0.8";
const CALIBRATION: &str = "channels=21,trials=36,imagery=3,rest=1";
/// Short turns, which press often.
const TURNS: &str = "trials=100,imagery=2,rest=1";

/// Fits a decoder to 21 channels, and returns its path.
pub fn fit_three_classes(lab: &Lab) -> String {
    let model = lab.path("model.json").to_string_lossy().into_owned();
    let patient = format!("synthetic:{PATIENT},{CALIBRATION}");
    let classes = "left_hand=left_hand,right_hand=right_hand,feet=feet";
    let fit = [
        "fit",
        &patient,
        "--classes",
        classes,
        "--to",
        "3",
        "--window",
        "1",
    ];
    lab.succeed(&[&fit[..], &["--out", &model]].concat());
    model
}

/// Publishes the patient as the LSL stream `headset`: left, right and a press, three seconds each, in
/// random order.
pub fn publish_three_classes(lab: &Lab, channels: u32, source_id: &str) -> Running {
    let patient = format!("synthetic:{PATIENT},channels={channels},{TURNS}");
    let replay = ["replay", &patient, "--to", "lsl", "--name", "headset"];
    lab.spawn(&[&replay[..], &["--source-id", source_id]].concat(), None)
}

/// Arguments of a run that follows this patient, and presses the button for the third class. It is not recorded.
pub fn run_three_classes(model: &str) -> Vec<&str> {
    let run = [
        "run", "--model", model, "--stream", "headset", "--wait", "20",
    ];
    [&run[..], &["--press", "feet", "--no-record"]].concat()
}
