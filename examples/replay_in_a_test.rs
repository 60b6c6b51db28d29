//! Replays a recording in a test, and checks the driver's output.
//!
//! `cargo run --example replay_in_a_test [RECORDING]` prints the result; `cargo test --example replay_in_a_test` checks it.

use bci_cursor::{PipelineSettings, Trace, open_recording, starters};
use std::error::Error;

/// A synthetic patient. A file (XDF, EDF, BDF, GDF, BrainVision) works the same way.
const RECORDING: &str = "synthetic:seed=7,channels=8,trials=6";

fn trace(recording: &str) -> Result<Trace, Box<dyn Error>> {
    let source = open_recording(recording)?;
    let decoder = starters::for_layout(source.layout())?.ok_or("no starter fits the electrodes")?;
    Ok(Trace::of(
        recording,
        &decoder,
        &PipelineSettings::default(),
    )?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let recording = std::env::args().nth(1);
    let trace = trace(recording.as_deref().unwrap_or(RECORDING))?;
    let intents = trace
        .steps
        .iter()
        .filter(|step| step.intent.class.is_some());
    println!(
        "{} of {} steps hold an intent",
        intents.count(),
        trace.steps.len()
    );
    println!("SHA-256 of all steps: {}", trace.hash);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imagining_the_left_hand_moves_the_pointer_to_the_left() {
        let trace = trace(RECORDING).unwrap();
        assert_eq!(trace.trials("left_hand").count(), 3);
        let steps = trace.trials("left_hand").flatten();
        let sum_px_s: f64 = steps.map(|step| step.velocity_px_s[0]).sum();
        assert!(sum_px_s < 0.0, "{sum_px_s}");
        // Nothing clicks unless it is switched on.
        assert!(trace.steps.iter().all(|step| !step.buttons.left));
    }
}
