//! Fits a decoder to recordings, prints how good it is, and saves it as `decoder.json`.
//!
//! `cargo run --example fit_decoder [RECORDING...]`

use bci_cursor::{ClassMarker, FitRequest, fit_recordings, load_decoder, save_decoder};
use std::error::Error;
use std::path::Path;

const SYNTHETIC: &str = "synthetic:seed=7,channels=8,trials=40,erd=0.8";

fn fit(recordings: &[String], file: &Path) -> Result<(), Box<dyn Error>> {
    // Maps the recordings' markers to classes.
    let classes = ["left_hand", "right_hand"].map(|class| ClassMarker::new(class, class));
    let decoder = fit_recordings(recordings, &FitRequest::new(classes.to_vec()))?;

    let figures = decoder.figures.as_ref().ok_or("nothing was validated")?;
    let [low, high] = figures.interval.map(|share| 100.0 * share);
    println!(
        "{} of {} trials were decoded correctly in cross-validation: {:.0} % (95 % interval {low:.0} to {high:.0} %)",
        figures.correct,
        figures.trials,
        100.0 * figures.accuracy,
    );

    save_decoder(&decoder, file)?;
    assert_eq!(load_decoder(file)?, decoder);
    println!("The decoder is in {}", file.to_string_lossy());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut recordings: Vec<String> = std::env::args().skip(1).collect();
    if recordings.is_empty() {
        recordings.push(SYNTHETIC.into());
    }
    fit(&recordings, Path::new("decoder.json"))
}

#[test]
fn a_decoder_is_fitted_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    fit(&[SYNTHETIC.into()], &folder.path().join("decoder.json")).unwrap();
}
