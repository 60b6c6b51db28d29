//! Real EEG moves a real pointer.

use crate::common;

use common::{Lab, Screen, s007};
use std::time::Duration;

/// S007 decodes almost perfectly. This tests the driver, not how well people are decoded.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_recorded_patient_moves_the_pointer_of_an_x_server() {
    let lab = Lab::new();
    let screen = Screen::start();
    let model = s007::fit(&lab, &[]);
    let held_out = s007::held_out();
    let mut headset = lab.spawn(
        &[
            "replay",
            &held_out,
            "--to",
            "lsl",
            "--name",
            "s007",
            "--wait-for-reader",
        ],
        None,
    );
    // A foreign program (pylsl) prints the cues as they arrive over the network.
    let mut cue_printer = lab.python("print_markers.py", &["s007-markers"]);
    let cues = cue_printer.lines();
    assert_eq!(cues.recv().as_deref(), Ok("ready"));
    let run = [
        "run", "--mode", "axis", "--model", &model, "--stream", "s007", "--wait", "20", "--stats",
        "--json",
    ];
    let driver = lab.spawn(&run, Some(&screen.display));

    let (mut right, mut trials) = (0, Vec::new());
    let mut current: Option<String> = None;
    // The last trial ends with the recording.
    let mut ended = false;
    while !ended {
        ended = headset.has_ended();
        let cue = cues.recv_timeout(Duration::from_millis(20));
        if cue.is_err() && !ended {
            continue;
        }
        let ([x, _], _) = screen.pointer();
        if let Some(class) = current.take() {
            let moved = x - 640;
            right += usize::from(if class == "T1" { moved < 0 } else { moved > 0 });
            trials.push(format!("{class} {moved:+}"));
        }
        if let Some(cue) = cue.ok().filter(|cue| cue == "T1" || cue == "T2") {
            // As in a centre-out task, each trial starts in the middle, because an edge would stop the motion.
            screen.place_pointer(640, 400);
            current = Some(cue);
        }
    }
    driver.signal("INT");
    let (code, stats) = driver.finish(5.0);
    println!(
        "{right} of {} trials moved the right way: {}",
        trials.len(),
        trials.join(", ")
    );
    println!("{stats}");
    assert_eq!((code, trials.len()), (Some(0), 15));
    assert!(right >= 13, "{right} of 15");
}
