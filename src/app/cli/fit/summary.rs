//! The output of 'fit'.

use super::super::decoders::describe_accuracy;
use super::super::percent;
use super::FitArgs;
use crate::app::out::{OutputError, say};
use crate::fit::classes::REST_MARKERS;
use crate::printable::{counted, printable_list};
use bci_cursor_calibration::validation::Verdict;
use bci_cursor_calibration::{Decoder, Figures, IdleGate, Origin};

pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NoGo => "no_go",
        Verdict::Weak => "weak",
        Verdict::Good => "good",
        Verdict::VeryGood => "very_good",
    }
}

pub(super) fn people_of(starter: &Decoder) -> String {
    match &starter.origin {
        Origin::Starter { people, .. } => format!("{people} other people"),
        Origin::Personal { .. } => "one person".into(),
    }
}

pub(super) fn print_summary(decoder: &Decoder, args: &FitArgs) -> Result<(), OutputError> {
    let map = decoder.model.spatial_map.as_map().description();
    let line = decoder
        .conditioning
        .mains_hz
        .map_or("no line notch".into(), |hz| format!("notch at {hz} Hz"));
    let rate = decoder
        .rate_hz
        .map_or("any rate".into(), |hz| format!("{hz} Hz"));
    say!(
        "decoder     {map}, {} at {rate}, {line}",
        counted(decoder.channels.len(), "channel")
    )?;
    if args.select {
        print_selection(decoder)?;
    }
    say!("classes     {}", printable_list(&decoder.classes))?;
    if let Some(figures) = &decoder.figures {
        print_figures(figures, &decoder.classes)?;
    } else {
        say!(
            "fitted on   {}, each recentred to their own mean",
            people_of(decoder)
        )?;
    }
    if let Some(velocity) = &decoder.model.velocity {
        let figures = &velocity.figures;
        say!(
            "continuous  {} of {} held-out trials go towards the intended direction (95 % interval {} to {}, chance 50 %), mean cosine {:.2}",
            figures.towards,
            figures.trials,
            percent(figures.interval[0]),
            percent(figures.interval[1]),
            figures.cosine
        )?;
    }
    match &decoder.idle_gate {
        Some(gate) => print_gate(gate)?,
        None if args.false_activations.is_some() => say!(
            "idle gate   not fitted: no recording has a rest marker ({})",
            REST_MARKERS.join(", ")
        )?,
        None => {}
    }
    Ok(())
}

/// Prints the result of a search: the bands, and the channels with non-zero weights.
fn print_selection(decoder: &Decoder) -> Result<(), OutputError> {
    let count = decoder.channels.len();
    let used = decoder.model.spatial_map.as_map().channels_used();
    let bands = decoder.features.bands_hz.iter();
    let bands: Vec<String> = bands.map(|[low, high]| format!("{low}-{high}")).collect();
    say!(
        "chosen      bands {} Hz, {} of {}",
        bands.join(", "),
        used.len(),
        counted(count, "channel")
    )?;
    if used.len() < count {
        let labels: Vec<&str> = used
            .iter()
            .map(|&place| decoder.channels[place].as_str())
            .collect();
        say!("            {}", printable_list(&labels))?;
    }
    Ok(())
}

fn print_gate(gate: &IdleGate) -> Result<(), OutputError> {
    let [low, high] = gate.interval_per_hour;
    say!(
        "idle gate   opens at confidence {:.3}: at rest {:.0} times an hour (95 % interval {low:.0} to {high:.0}, from {:.0} s), asked for {:.0}",
        gate.threshold,
        gate.expected_per_hour,
        gate.rest_s,
        gate.wanted_per_hour
    )?;
    let after = gate.time_to_decision_s;
    let after = after.map_or(String::new(), |secs| {
        format!(", {secs:.1} s after the cue (median)")
    });
    say!(
        "            in {} of the cued trials{after}",
        percent(gate.opened_share)
    )
}

fn print_figures(figures: &Figures, classes: &[String]) -> Result<(), OutputError> {
    say!("accuracy    {}", describe_accuracy(figures))?;
    say!(
        "            each trial predicted from the other {} of {} contiguous blocks",
        figures.folds - 1,
        figures.folds
    )?;
    for (class, row) in classes.iter().zip(&figures.confusion) {
        let taken_for: Vec<String> = classes
            .iter()
            .zip(row)
            .filter(|(other, count)| *other != class && **count > 0)
            .map(|(other, count)| format!("{count} taken for {other}"))
            .collect();
        let right = classes.iter().zip(row).find(|(other, _)| *other == class);
        say!(
            "            {class}: {} of {} right{}{}",
            right.map_or(0, |(_, count)| *count),
            row.iter().sum::<usize>(),
            if taken_for.is_empty() { "" } else { ", " },
            taken_for.join(", ")
        )?;
    }
    say!(
        "information {:.2} bits per trial; guessing reaches {} once in twenty times",
        figures.bits_per_trial,
        percent(figures.chance_95)
    )?;
    say!("verdict     {}", verdict(figures))
}

/// The verdict in plain words, as a basis for a decision.
fn verdict(figures: &Figures) -> String {
    let p = figures.p_value;
    match figures.verdict() {
        Verdict::NoGo => format!(
            "NO-GO: not better than guessing (p = {p:.2}). Do not expect control from this decoder"
        ),
        Verdict::Weak => format!(
            "weak: better than guessing (p = {p:.4}), but control will be slow and full of errors"
        ),
        Verdict::Good => format!("good: control is possible (p = {p:.4})"),
        Verdict::VeryGood => format!("very good: expect fluent control (p = {p:.4})"),
    }
}
