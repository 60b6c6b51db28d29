//! The patient's response to codes.

use super::markup::escaped;
use super::svg;
use crate::looking::LookingModel;
use crate::looking::figures::{LookingFigures, LookingVerdict, peaks};
use std::fmt::Write;

/// A section on a response, or on the reason why it cannot be read.
pub(super) fn section(out: &mut String, model: &Result<LookingModel, String>) {
    // Writing to a string does not fail.
    let _ = write!(out, "<section><h2>Looking</h2>");
    match model {
        Ok(model) => {
            if let Some(figures) = &model.figures {
                result(out, figures);
            }
            response(out, model);
        }
        Err(why) => _ = write!(out, "<p>{}</p>", escaped(why)),
    }
    let _ = write!(out, "</section>");
}

fn result(out: &mut String, figures: &LookingFigures) {
    let verdict = match figures.verdict() {
        LookingVerdict::NoGo => "Looking cannot be used: too few looks are recognised",
        LookingVerdict::Weak => "Looking works slowly, or with errors",
        LookingVerdict::Good => "Looking can be used",
    };
    let _ = write!(
        out,
        "<p class=\"words\">{verdict}</p><p>{:.0} choices a minute, {:.0} % right, {:.0} bits a minute, where a look ends as soon as it is \
         clear (after {:.1} s on average). {} looks at {} tags; each was decoded with the response to the others.</p>",
        figures.choices_per_min(),
        100.0 * figures.right_share(),
        figures.dynamic.bits_per_min,
        figures.dynamic.mean_s,
        figures.looks,
        figures.tags
    );
    let _ = write!(
        out,
        "<table><tr><th>Looking time</th><th>Recognised</th><th>95 % interval</th></tr>"
    );
    for after in &figures.after {
        let [low, high] = after.interval().map(|share| 100.0 * share);
        let _ = write!(
            out,
            "<tr><td>{:.0} s</td><td>{} of {} ({:.0} %)</td><td>{low:.0} to {high:.0} %</td></tr>",
            after.seconds,
            after.right,
            after.looks,
            100.0 * after.share()
        );
    }
    let _ = write!(out, "</table>");
    if let Some(elsewhere) = &figures.elsewhere {
        let [low, high] = elsewhere.interval_per_hour();
        let _ = write!(
            out,
            "<p>While no tag is looked at, {:.0} selections an hour are expected (95 % interval {low:.0} to {high:.0}): {} in {:.0} minutes \
             in which codes that were not shown were decoded.</p>",
            elsewhere.per_hour(),
            elsewhere.selections,
            elsewhere.minutes
        );
    }
}

/// The response on the head.
fn response(out: &mut String, model: &LookingModel) {
    let peaks = peaks(model.response());
    let all = peaks.iter().flat_map(|peak| &peak.values);
    let most = all.fold(0.0, |most: f64, value| most.max(value.abs()));
    let _ = write!(
        out,
        "<h3>Response on the head</h3><p>When it is strongest, in standard deviations of the noise: positive (orange, +) or negative (blue, \
         −), up to {most:.2}. Electrodes: {}.</p><div class=\"maps\">",
        escaped(&model.channels().join(", "))
    );
    for (peak, change) in peaks.iter().zip(["brighter", "darker"]) {
        let name = format!("to {change}, after {:.0} ms", peak.after_ms);
        let _ = write!(
            out,
            "<figure><figcaption>{name}</figcaption>{}</figure>",
            svg::pattern(model.channels(), &peak.values, most, "", &name)
        );
    }
    let _ = write!(out, "</div>");
}
