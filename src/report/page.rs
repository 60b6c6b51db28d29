//! The HTML page.

use super::gather::{Kept, Maps, PatientReport, Practised, SignalOf};
use super::markup::escaped;
use super::{looking, names, svg};
use crate::printable::counted;
use bci_cursor_calibration::validation::Verdict;
use bci_cursor_calibration::{Figures, Origin};
use std::fmt::Write;

const STYLE: &str = "@page{size:A4;margin:15mm}body{font:15px/1.45 system-ui,sans-serif;color:#111;max-width:820px;margin:2em auto;padding:0 1em}\
@media print{body{font-size:12px;max-width:none;margin:0;padding:0}h2{margin-top:1.1em}}\
h1{font-size:1.7em;margin:0}h2{font-size:1.3em;margin:1.5em 0 .4em;border-bottom:1px solid #999;break-after:avoid}\
table{border-collapse:collapse;margin:.6em 0}td,th{padding:.25em .7em;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}\
th{font-weight:600}tr,svg,figure,.whole{break-inside:avoid}.words{font-size:1.35em;font-weight:600;margin:.4em 0}\
.small{color:#555;font-size:.85em;overflow-wrap:anywhere}.row{display:flex;gap:1.5em;flex-wrap:wrap;align-items:flex-start}\
.maps{display:grid;grid-template-columns:repeat(4,1fr);gap:.5em}figure{margin:0}figcaption{font-size:.9em}figure svg{width:100%;max-width:170px;height:auto}";

/// Number of electrodes that are listed, worst first.
const WORST: usize = 8;

/// Returns a complete HTML document.
#[must_use]
pub fn page(report: &PatientReport) -> String {
    let mut out = String::new();
    let name = escaped(&report.name);
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"/><title>bci-cursor: {name}</title><style>{STYLE}</style></head><body>\
         <h1>{name}</h1><p class=\"small\">bci-cursor {}, report of {}. Research software, not a medical device.</p>",
        env!("CARGO_PKG_VERSION"),
        escaped(&names::moment(&report.date_time))
    );
    let kept = in_force(report);
    decoder(&mut out, report, kept);
    if let Some(model) = &report.looking {
        looking::section(&mut out, model);
    }
    practice(&mut out, &report.practice);
    sessions(&mut out, report);
    if let Some(signal) = &report.signal {
        quality(&mut out, signal);
    }
    history(&mut out, &report.models);
    settings(&mut out, report);
    if let Some(kept) = kept {
        details(&mut out, kept);
    }
    out + "</body></html>\n"
}

/// The model in use, if it can be read.
fn in_force(report: &PatientReport) -> Option<&Kept> {
    let file = report.in_force.as_deref()?;
    report.models.iter().find(|kept| kept.file == file)
}

fn decoder(out: &mut String, report: &PatientReport, kept: Option<&Kept>) {
    let _ = write!(out, "<section><h2>Decoder in use</h2>");
    match (kept, report.in_force.as_deref()) {
        (Some(kept), _) => {
            result(out, kept);
            maps(out, &kept.decoder.classes, report.maps.as_ref());
        }
        (None, Some(file)) => {
            let _ = write!(
                out,
                "<p>{} cannot be read, and a run would refuse it.</p>",
                escaped(file)
            );
        }
        (None, None) => {
            let _ = write!(
                out,
                "<p>None of the patient's own: a run uses a starter, fitted on other people.</p>"
            );
        }
    }
    let _ = write!(out, "</section>");
}

/// Its quality, in words and in figures.
fn result(out: &mut String, kept: &Kept) {
    let decoder = &kept.decoder;
    if let Some(figures) = &decoder.figures {
        let _ = write!(
            out,
            "<p class=\"words\">{}</p><p>{}</p>",
            verdict(figures),
            accuracy(figures)
        );
    }
    let _ = write!(out, "<div class=\"row\">");
    if let Some(figures) = &decoder.figures {
        confusion(out, &decoder.classes, figures);
    }
    let origin = match &decoder.origin {
        Origin::Personal { from_starter: true } => "own trials, begun from a starter",
        Origin::Personal {
            from_starter: false,
        } => "own trials only",
        Origin::Starter { .. } => "other people's trials",
    };
    let gate = match &decoder.idle_gate {
        Some(gate) => format!(
            "opens {:.0} times an hour of rest ({:.0} to {:.0})",
            gate.expected_per_hour, gate.interval_per_hour[0], gate.interval_per_hour[1]
        ),
        None => "not fitted".into(),
    };
    let rows = [
        ("Classes", names::classes(&decoder.classes)),
        ("Learnt from", origin.to_owned()),
        ("Electrodes", decoder.channels.len().to_string()),
        ("Idle gate", gate),
    ];
    table(out, &rows);
    let _ = write!(out, "</div>");
}

/// The scalp maps, as the calibration showed them.
fn maps(out: &mut String, classes: &[String], maps: Option<&Maps>) {
    let Some(maps) = maps else {
        let _ = write!(
            out,
            "<p class=\"small\">No scalp maps: they need the recordings that this decoder was fitted to, unchanged in the patient's \
             folder.</p>"
        );
        return;
    };
    let all = maps.by_class_db.iter().flatten().flatten();
    let most = all.fold(0.0, |most: f64, db| most.max(db.abs()));
    let _ = write!(
        out,
        "<h3>What changes on the head</h3><p>Power while a class is imagined: less (blue, −) or more (orange, +), up to {most:.1} dB.</p>\
         <div class=\"maps\">"
    );
    for (id, bands) in classes.iter().zip(&maps.by_class_db) {
        for (db, band) in bands.iter().zip(["below 14 Hz", "above 14 Hz"]) {
            let name = format!("{}, {band}", names::class(id));
            let _ = write!(
                out,
                "<figure><figcaption>{}</figcaption>{}</figure>",
                escaped(&name),
                svg::pattern(&maps.channels, db, most, " dB", &name)
            );
        }
    }
    let _ = write!(out, "</div>");
}

/// Details for somebody who reproduces the results.
fn details(out: &mut String, kept: &Kept) {
    let decoder = &kept.decoder;
    let bands = decoder.features.bands_hz.iter();
    let bands: Vec<String> = bands.map(|[low, high]| format!("{low}–{high}")).collect();
    let _ = write!(out, "<section><h2>Details of the decoder</h2>");
    let mut rows = vec![
        ("File", kept.file.clone()),
        ("Made by", decoder.created_by.clone()),
        ("Electrodes", decoder.channels.join(", ")),
        ("Bands", format!("{} Hz", bands.join(", "))),
    ];
    for recording in &decoder.recordings {
        rows.push(("Fitted on", recording.file.clone()));
        rows.push(("SHA-256", recording.sha256.clone()));
    }
    table(out, &rows);
    let _ = write!(out, "</section>");
}

fn table(out: &mut String, rows: &[(&str, String)]) {
    let _ = write!(out, "<table>");
    for (name, value) in rows {
        let _ = write!(
            out,
            "<tr><th>{name}</th><td style=\"overflow-wrap:anywhere\">{}</td></tr>",
            escaped(value)
        );
    }
    let _ = write!(out, "</table>");
}

fn verdict(figures: &Figures) -> &'static str {
    match figures.verdict() {
        Verdict::NoGo => "Not better than guessing: do not expect control",
        Verdict::Weak => "Weak: better than guessing, but slow and full of errors",
        Verdict::Good => "Good: control is possible",
        Verdict::VeryGood => "Very good: expect fluent control",
    }
}

fn accuracy(figures: &Figures) -> String {
    format!(
        "{} of {} held-out trials right: {:.0} % (95 % interval {:.0} to {:.0} %); guessing gets {:.0} %, p = {:.4}; {:.2} bits a trial.",
        figures.correct,
        figures.trials,
        100.0 * figures.accuracy,
        100.0 * figures.interval[0],
        100.0 * figures.interval[1],
        100.0 * figures.chance,
        figures.p_value,
        figures.bits_per_trial
    )
}

fn confusion(out: &mut String, classes: &[String], figures: &Figures) {
    let _ = write!(out, "<table><tr><th></th>");
    for class in classes {
        let class = escaped(&names::class(class));
        let _ = write!(out, "<th>taken for<br/>{class}</th>");
    }
    let _ = write!(out, "</tr>");
    for (class, counts) in classes.iter().zip(&figures.confusion) {
        let class = escaped(&names::class(class));
        let _ = write!(out, "<tr><th>was {class}</th>");
        for count in counts {
            let _ = write!(out, "<td>{count}</td>");
        }
        let _ = write!(out, "</tr>");
    }
    let _ = write!(out, "</table>");
}

fn history(out: &mut String, models: &[Kept]) {
    let with_figures: Vec<(String, &Figures)> = models
        .iter()
        .filter_map(|kept| Some((names::moment(&kept.file), kept.decoder.figures.as_ref()?)))
        .collect();
    if with_figures.len() < 2 {
        return;
    }
    let _ = write!(
        out,
        "<section class=\"whole\"><h2>Calibrations</h2><p>Share of held-out trials that were right, with its 95 % interval; the dashed line \
         is guessing.</p>{}</section>",
        svg::history(&with_figures)
    );
}

fn practice(out: &mut String, practised: &[Practised]) {
    if practised.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section><h2>Practice</h2><table><tr><th>Session</th><th>Task</th><th>Decoder</th><th>Hits</th><th>Hits a minute</th>\
         <th>Time to target</th><th>bit/s</th><th>False activations</th></tr>"
    );
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".into());
    let mut has_earlier = false;
    for one in practised {
        let figures = &one.figures;
        let looked = figures.bits_per_min.map(|bits| bits / 60.0);
        let bits = figures.grid_bits_per_s.or(figures.throughput_bits_per_s);
        let bits = bits.or(looked);
        let tried = figures.hits + figures.misses + figures.time_outs;
        // There are no targets in the rest task.
        let with_targets = figures.false_activations.is_none();
        let is_earlier = with_targets && !figures.needs_motion;
        let mark = if is_earlier { " *" } else { "" };
        has_earlier |= is_earlier;
        let cells = [
            escaped(&names::moment(&one.file)),
            escaped(&names::task(&one.task)),
            escaped(&one.decoder),
            or_dash(with_targets.then(|| format!("{} of {tried}{mark}", figures.hits))),
            or_dash(with_targets.then(|| format!("{:.1}", figures.hits_per_min))),
            or_dash(figures.time_to_target_s.map(|secs| format!("{secs:.1} s"))),
            or_dash(bits.map(|bits| format!("{bits:.2}"))),
            or_dash(figures.false_activations.map(|count| count.to_string())),
        ];
        let _ = write!(out, "<tr><td>{}</td></tr>", cells.join("</td><td>"));
    }
    let _ = write!(out, "</table>");
    if has_earlier {
        let _ = write!(
            out,
            "<p class=\"small\">* Counted by an earlier version, which also counted targets on which the pointer already stood.</p>"
        );
    }
    let _ = write!(out, "</section>");
}

fn quality(out: &mut String, signal: &SignalOf) {
    let inspection = &signal.inspection;
    let _ = write!(
        out,
        "<section class=\"whole\"><h2>Signal</h2><p>Newest session, {}: {} at {}, {}.</p><div class=\"row\">{}<table><tr>\
         <th>Electrode</th><th>Amplitude, 1–40 Hz (RMS)</th><th>Bad, of the time</th></tr>",
        escaped(&names::moment(&signal.file)),
        counted(inspection.quality.len(), "channel"),
        inspection.rate_hz,
        length(inspection.length_s),
        svg::head(&inspection.quality)
    );
    let mut worst: Vec<_> = inspection.quality.iter().collect();
    worst.sort_by(|a, b| svg::bad_share(b).total_cmp(&svg::bad_share(a)));
    for channel in worst.iter().take(WORST) {
        let faults = channel.faults.keys();
        let faults: Vec<String> = faults.map(|id| names::fault(id)).collect();
        let amplitude = channel
            .rms_microvolts
            .map_or("–".into(), |rms| format!("{rms:.1} µV"));
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{amplitude}</td><td>{:.0} % {}</td></tr>",
            escaped(&channel.label),
            100.0 * svg::bad_share(channel),
            faults.join(", ")
        );
    }
    let _ = write!(out, "</table></div>");
    if worst.len() > WORST {
        let _ = write!(
            out,
            "<p class=\"small\">{WORST} of {} electrodes: those that were bad for longest.</p>",
            worst.len()
        );
    }
    let _ = write!(out, "</section>");
}

fn sessions(out: &mut String, report: &PatientReport) {
    let _ = write!(
        out,
        "<section><h2>Sessions</h2><table><tr><th>Session</th><th>For</th><th>Length</th><th>Markers</th><th>Samples missing</th></tr>"
    );
    for session in &report.sessions {
        let cells = match (&session.trouble, session.length_s) {
            (Some(trouble), _) => format!(
                "<td colspan=\"4\">cannot be read: {}</td>",
                escaped(trouble)
            ),
            (None, length_s) => format!(
                "<td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
                escaped(&session.purpose),
                length(length_s.unwrap_or(0.0)),
                session.markers,
                session.missing
            ),
        };
        let _ = write!(
            out,
            "<tr><td>{}</td>{cells}</tr>",
            escaped(&names::moment(&session.file))
        );
    }
    let _ = write!(out, "</table></section>");
}

fn settings(out: &mut String, report: &PatientReport) {
    let _ = write!(out, "<section><h2>Settings</h2>");
    if report.changed.is_empty() {
        let _ = write!(out, "<p>All have their default values.</p></section>");
        return;
    }
    let _ = write!(
        out,
        "<table><tr><th>Setting</th><th>Value</th><th>Default</th></tr>"
    );
    for changed in &report.changed {
        let _ = write!(
            out,
            "<tr><td>{}<br/><span class=\"small\">{}</span></td><td>{}</td><td>{}</td></tr>",
            escaped(&changed.meaning),
            escaped(changed.path),
            escaped(&names::value(&changed.value)),
            escaped(&names::value(&changed.default))
        );
    }
    let _ = write!(out, "</table></section>");
}

fn length(secs: f64) -> String {
    format!("{} min {:02.0} s", (secs / 60.0) as u64, secs % 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_files_cannot_become_markup() {
        let report = PatientReport {
            name: "<script>alert(\"x\")</script>&".into(),
            date_time: String::new(),
            models: Vec::new(),
            in_force: None,
            maps: None,
            looking: None,
            changed: Vec::new(),
            sessions: Vec::new(),
            practice: Vec::new(),
            signal: None,
        };
        let page = page(&report);
        assert!(!page.contains("<script"));
        assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;"));
    }
}
