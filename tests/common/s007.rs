//! Subject S007 of EEGMMIDB, who is decoded almost perfectly.

use super::{Lab, eeg_dir, eegmmidb};

/// Fits a decoder of left against right hand to two runs, with more arguments. Returns its path.
pub fn fit(lab: &Lab, more: &[&str]) -> String {
    let eeg = eeg_dir();
    let model = lab.path("s007.json").to_string_lossy().into_owned();
    let [first, second] = [4, 8].map(|run| eegmmidb(&eeg, "S007", run));
    let fit = [
        "fit",
        &first,
        &second,
        "--classes",
        "left_hand=T1,right_hand=T2",
        "--out",
        &model,
    ];
    lab.succeed(&[&fit[..], more].concat());
    model
}

/// The run that is not used for fitting.
pub fn held_out() -> String {
    eegmmidb(&eeg_dir(), "S007", 12)
}
